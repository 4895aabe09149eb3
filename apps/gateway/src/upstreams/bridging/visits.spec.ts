import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import { Registry } from 'prom-client';
import type { PubSub } from '#redis/pub-sub.js';
import type { Caller } from '#core/caller.js';
import type { LifecycleService } from '#gateway/lifecycle/lifecycle.service.js';
import { type CallChannel, SILENT } from '#gateway/tools/call-channel.js';
import type { InputRequest, InputRequired, JsonObject } from '#gateway/tools/tool.js';
import { UpstreamRpcError } from '#gateway/tools/tools.errors.js';
import { CallNotWaiting } from './bridging.errors.js';
import { type Leg, ParkedCalls } from './parked-calls.js';
import { ParkedCallsMetrics } from './parked-calls.metrics.js';
import { Visitors } from './visitors.js';
import { Visits } from './visits.js';
import { WaitingCalls } from './waiting-calls.js';

const ADA: Caller = { issuer: 'i', subject: 'ada', tenant: 'acme', tier: 'gold', scopes: new Set() };
const FORM: InputRequest = { method: 'elicitation/create', params: { message: 'Who?' } };
const ADA_IS = { action: 'accept', content: { name: 'ada' } };

/** What stands for Redis: every message reaches every process that listens to its channel, as long as it is whole. */
class Bus {
  lose: (channel: string, message: string) => boolean = () => false;
  private readonly listeners = new Map<string, (message: string) => void>();

  join(process: string): PubSub {
    return {
      process,
      subscribe: (channel: string, listener: (message: string) => void) => this.listeners.set(channel, listener),
      publish: async (channel: string, message: string) => {
        await Promise.resolve();
        if (!this.lose(channel, message)) this.listeners.get(channel)?.(message);
        return 1;
      },
    } as unknown as PubSub;
  }
}

function replica(bus: Bus, process: string): ParkedCalls {
  const others = bus.join(process);
  const metrics = new ParkedCallsMetrics(new Registry());
  const waiting = new WaitingCalls({ stopping: new AbortController().signal } as LifecycleService, metrics, others);
  new Visitors(waiting, others);
  return new ParkedCalls(waiting, new Visits(metrics, others), metrics);
}

let bus: Bus;
let one: ParkedCalls;
let other: ParkedCalls;
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
  bus = new Bus();
  [one, other] = [replica(bus, 'process-one'), replica(bus, 'process-other')];
});
afterEach(() => {
  jest.useRealTimers();
});

/** Lets so much time pass, and everybody say what they have to say meanwhile. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 25) {
    await turn();
    jest.advanceTimersByTime(25);
  }
  for (let i = 0; i < 5; i++) await turn();
}

interface Told {
  readonly caller?: Caller;
  readonly signal?: AbortSignal;
  readonly channel?: Partial<CallChannel>;
}

const call = ({ caller = ADA, signal = new AbortController().signal, channel = {} }: Told = {}) => ({
  caller,
  upstream: 'up',
  signal,
  channel: { ...SILENT, capabilities: { elicitation: {} }, ...channel },
});

const never = () => {
  throw new Error('made a second time');
};

/** Begins a call at the first replica, up to its first question. */
async function begun(start: (leg: Leg) => Promise<JsonObject>): Promise<InputRequired> {
  const answer = one.carry(call(), start);
  await pass(100);
  return (await answer) as InputRequired;
}

/** Comes back to the second. */
function back({ requestState }: InputRequired, inputResponses: JsonObject, told: Told = {}) {
  const channel = { ...told.channel, requestState: requestState!, inputResponses };
  const answer = other.carry(call({ ...told, channel }), never);
  answer.catch(() => undefined);
  return answer;
}

describe('a client that comes back to another replica', () => {
  it('finds its call, hears what it says, and is asked more', async () => {
    const heard: unknown[] = [];
    const channel = {
      progress: (...told: unknown[]) => void heard.push(told),
      log: (...told: unknown[]) => void heard.push(told),
    };
    const first = await begun(async ({ ask, channel: upstream }) => {
      const who = await ask(FORM);
      upstream.progress(1, 2, 'half');
      upstream.log('info', { x: 1 }, 'up');
      const again = await ask(FORM);
      upstream.progress(2);
      return { who, again };
    });
    const second = back(first, { 'input-1': ADA_IS }, { channel });
    await pass(500);
    expect(await second).toMatchObject({ resultType: 'input_required', inputRequests: { 'input-2': FORM } });
    const third = back((await second) as InputRequired, { 'input-2': { action: 'decline' } }, { channel });
    await pass(500);
    expect(await third).toEqual({ who: ADA_IS, again: { action: 'decline' } });
    expect(heard).toEqual([
      [1, 2, 'half'],
      ['info', { x: 1 }, 'up'],
      [2, undefined, undefined],
    ]);
  });

  it('hears of the upstream’s error as if it were there', async () => {
    const first = await begun(async ({ ask }) => {
      await ask(FORM);
      throw new UpstreamRpcError('up', -32_602, 'not so', { field: 'x' });
    });
    const second = back(first, { 'input-1': ADA_IS });
    await pass(500);
    const error = await second.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UpstreamRpcError);
    expect(error).toMatchObject({ message: 'up: not so', details: { members: { rpc_code: -32_602 } } });
  });

  it('is answered although messages are lost, and its answers count once', async () => {
    const answers: JsonObject[] = [];
    const lost = new Set<string>();
    bus.lose = (_channel, message) => {
      const { kind } = JSON.parse(message) as { kind: string };
      const isFirst = !lost.has(kind);
      lost.add(kind);
      return isFirst;
    };
    const first = await begun(async ({ ask }) => {
      answers.push(await ask(FORM));
      return { answers };
    });
    const second = back(first, { 'input-1': ADA_IS });
    await pass(3_000);
    expect(await second).toEqual({ answers: [ADA_IS] });
    expect([...lost]).toEqual(expect.arrayContaining(['arrive', 'answer']));
  });

  it('ends the call at the upstream when it leaves', async () => {
    const reasons: unknown[] = [];
    const leaving = new AbortController();
    const first = await begun(async ({ ask, signal }) => {
      signal.addEventListener('abort', () => reasons.push(signal.reason));
      await ask(FORM);
      return new Promise(() => undefined);
    });
    const second = back(first, { 'input-1': ADA_IS }, { signal: leaving.signal });
    await pass(500);
    expect(reasons).toEqual([]);
    leaving.abort(new Error('left'));
    await pass(100);
    await expect(second).rejects.toThrow('left');
    expect(reasons).toHaveLength(1);
  });

  it('has left where its replica has gone', async () => {
    const reasons: unknown[] = [];
    const first = await begun(async ({ ask, signal }) => {
      signal.addEventListener('abort', () => reasons.push(signal.reason));
      await ask(FORM);
      return new Promise(() => undefined);
    });
    void back(first, { 'input-1': ADA_IS });
    await pass(500);
    bus.lose = (channel) => channel.endsWith(':in');
    await pass(4_000);
    expect(reasons).toEqual([]);
    await pass(3_000);
    expect(reasons).toHaveLength(1);
  });

  it.each<[string, (first: InputRequired) => Promise<unknown>]>([
    [
      'the process with its call has gone',
      (first) => {
        bus.lose = (channel) => channel.includes('process-one');
        return back(first, { 'input-1': ADA_IS });
      },
    ],
    ['it is somebody else', (first) => back(first, {}, { caller: { ...ADA, subject: 'eve' } })],
    ['there is no such call', () => back({ resultType: 'input_required', requestState: 'parked:process-one:x' }, {})],
    ['there is no such process', () => back({ resultType: 'input_required', requestState: 'parked:nobody:x' }, {})],
  ])('is told to call again where %s', async (_what, come) => {
    const first = await begun(async ({ ask }) => ask(FORM));
    const second = come(first);
    await pass(6_000);
    await expect(second).rejects.toThrow(CallNotWaiting);
  });
});
