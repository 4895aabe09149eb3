import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ConfigService } from '@nestjs/config';
import { Registry } from 'prom-client';
import type { Config } from '#config/env.js';
import type { Caller } from '#core/caller.js';
import { type CallChannel, SILENT } from '../call-channel.js';
import type { JsonObject, Tool, ToolAnswer } from '../tool.js';
import { ToolStageMetrics } from '../tool-stages.metrics.js';
import { ToolTimeout } from '../tools.errors.js';
import { AnswerCache } from './answer-cache.js';
import { CallTime } from './call-time.js';
import type { Finished, Work } from './work.js';

const done = (bytes = 10): Finished => ({ answer: { content: [] }, bytes });

class Stage {
  readonly metrics = new ToolStageMetrics(new Registry());
  readonly cache: AnswerCache;
  /** Every call that was made, and how to end it. */
  readonly made: { work: Work; land: (finished: Finished) => void; fail: (error: Error) => void }[] = [];

  private readonly clients: AbortController[] = [];

  constructor() {
    this.cache = new AnswerCache({ get: () => 100_000 } as unknown as ConfigService<Config, true>, this.metrics);
  }

  work(args: JsonObject = {}, tool: Partial<Tool> = {}, more: Partial<Work> & { tenant?: string } = {}) {
    const client = new AbortController();
    const time = new CallTime(60_000, () => new ToolTimeout('t', 60_000), client.signal);
    const work: Work = {
      callTool: () => Promise.reject(new Error('not here')),
      origin: { id: 'r', traceId: 't' },
      tool: { definition: { name: 't' }, revision: '1', cacheSeconds: 60, timeoutMs: 60_000, ...tool } as Tool,
      caller: { tenant: more.tenant ?? 'acme' } as Caller,
      arguments: args,
      channel: more.channel ?? SILENT,
      time,
    };
    const leave = () => client.abort();
    this.clients.push(client);
    return { work, leave, answer: this.ask(work) };
  }

  everybodyLeaves(): void {
    for (const client of this.clients) client.abort();
  }

  private async ask(work: Work): Promise<unknown> {
    try {
      const { finished, cached } = await this.cache.answer(work, (shared) => {
        const { promise, resolve, reject } = Promise.withResolvers<Finished>();
        this.made.push({ work: shared, land: resolve, fail: reject });
        return shared.time.during(() => promise);
      });
      return cached ? 'cached' : finished;
    } catch (error) {
      return (error as Error).name;
    } finally {
      work.time.end();
    }
  }
}

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.everybodyLeaves());

describe('an answer is remembered', () => {
  it.each([
    ['the same arguments', { a: 1, b: [2] }, {}, 'acme', true],
    ['the same arguments in another order', { b: [2], a: 1 }, {}, 'acme', true],
    ['other arguments', { a: 1, b: ['2'] }, {}, 'acme', false],
    ['another tenant', { a: 1, b: [2] }, {}, 'other', false],
    ['another revision of the tool', { a: 1, b: [2] }, { revision: '2' }, 'acme', false],
    ['another tool', { a: 1, b: [2] }, { definition: { name: 'u' } as Tool['definition'] }, 'acme', false],
  ])('for %s: %#', async (_what, args, tool, tenant, remembered) => {
    const first = stage.work({ a: 1, b: [2] });
    stage.made[0]!.land(done());
    await first.answer;
    const { answer } = stage.work(args, tool, { tenant });
    stage.made[1]?.land(done());
    expect([(await answer) === 'cached', stage.made.length]).toEqual([remembered, remembered ? 1 : 2]);
  });

  it('for no longer than its tool says', async () => {
    const first = stage.work({}, { cacheSeconds: 0.05 });
    stage.made[0]!.land(done());
    await first.answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
    const again = stage.work({}, { cacheSeconds: 0.05 });
    stage.made[1]!.land(done());
    expect(await again.answer).toEqual(done());
  });

  it.each<[string, ToolAnswer]>([
    ['an error of the tool', { content: [], isError: true }],
    ['a question', { resultType: 'input_required', requestState: 's' }],
  ])('but not %s', async (_what, answer) => {
    const first = stage.work();
    stage.made[0]!.land({ answer, bytes: 10 });
    await first.answer;
    void stage.work();
    expect(stage.made).toHaveLength(2);
  });

  it('but not a failure', async () => {
    const first = stage.work();
    stage.made[0]!.fail(new Error('down'));
    expect(await first.answer).toBe('Error');
    void stage.work();
    expect(stage.made).toHaveLength(2);
  });

  it('in bounded memory', async () => {
    for (let i = 0; i < 200; i++) {
      const { answer } = stage.work({ i });
      stage.made.at(-1)!.land(done(1_000));
      await answer;
    }
    expect(stage.metrics.cachedBytes()).toBeLessThanOrEqual(100_000);
    const { answer } = stage.work({ i: 199 });
    expect(await answer).toBe('cached');
  });

  it('unless it alone would push out an eighth of the rest', async () => {
    const { answer } = stage.work();
    stage.made[0]!.land(done(50_000));
    await answer;
    expect(stage.metrics.cachedBytes()).toBe(0);
  });
});

describe('equal calls at the same time', () => {
  it('are one, and all get its answer', async () => {
    const calls = Array.from({ length: 50 }, () => stage.work());
    stage.made[0]!.land(done());
    expect(await Promise.all(calls.map(({ answer }) => answer))).toEqual(Array<Finished>(50).fill(done()));
    expect(stage.made).toHaveLength(1);
    const { values } = await stage.metrics.cache.get();
    expect(values.map(({ value }) => value)).toEqual([0, 49, 1]);
  });

  it('all get its error', async () => {
    const calls = [stage.work(), stage.work()];
    stage.made[0]!.fail(new Error('down'));
    expect(await Promise.all(calls.map(({ answer }) => answer))).toEqual(['Error', 'Error']);
  });

  it('go on for the others when the first one leaves', async () => {
    const [first, second] = [stage.work(), stage.work()];
    first.leave();
    expect(await first.answer).toBe('call_cancelled');
    expect(stage.made[0]!.work.time.signal.aborted).toBe(false);
    stage.made[0]!.land(done());
    expect(await second.answer).toEqual(done());
  });

  it('end when the last one leaves, and whoever comes then begins anew', async () => {
    const calls = [stage.work(), stage.work()];
    for (const { leave } of calls) leave();
    expect(await Promise.all(calls.map(({ answer }) => answer))).toEqual(['call_cancelled', 'call_cancelled']);
    expect(stage.made[0]!.work.time.signal.aborted).toBe(true);
    const next = stage.work();
    stage.made[1]!.land(done());
    expect(await next.answer).toEqual(done());
  });

  it('tell everybody how far they are, and can ask nobody anything', () => {
    const told: string[] = [];
    const listener = (name: string): CallChannel => ({
      ...SILENT,
      capabilities: { elicitation: {} },
      progress: (...progress) => void told.push(`${name} ${progress.join(' ')}`),
      log: (level) => void told.push(`${name} ${level}`),
    });
    for (const name of ['a', 'b']) stage.work({}, {}, { channel: listener(name) });
    const { channel } = stage.made[0]!.work;
    channel.progress(1, 2, 'half');
    channel.log('info', {});
    expect([told, channel.capabilities]).toEqual([['a 1 2 half', 'b 1 2 half', 'a info', 'b info'], {}]);
  });
});
