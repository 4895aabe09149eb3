import { afterAll, describe, expect, it } from '@jest/globals';
import type { UpstreamConnection } from '#gateway/upstreams/upstream-connection.js';
import { call, callerNamed, isAlive, oddEntry, said, until, UpstreamStage } from '../support/stdio-stage.js';

const stage = new UpstreamStage({ UPSTREAM_MAX_PROCESSES: 12 });
afterAll(() => stage[Symbol.asyncDispose]());

const pidOf = async (upstream: UpstreamConnection, subject = 'ann') =>
  said(await call(upstream, 'pid', {}, { caller: callerNamed(subject) })) as number;

const heap = () => {
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage().heapUsed;
};

describe('a process that misbehaves', () => {
  it.each([
    ['wrong', 'invalid_result'],
    ['deep', 'invalid_result'],
    ['die', 'backend_unavailable'],
    ['long', 'backend_unavailable'],
  ])('%s: its call fails (%s), and others go on', async (tool, name) => {
    const upstream = stage.open(oddEntry());
    await expect(call(upstream, tool)).rejects.toMatchObject({ name });
    expect(said(await call(upstream, 'echo', { after: tool }))).toEqual({ after: tool });
    await upstream.close();
  });

  it('says what is no message: it is passed over', async () => {
    const upstream = stage.open(oddEntry());
    expect(said(await call(upstream, 'garbage'))).toBe('after garbage');
    const { conversations } = upstream.status() as { conversations: { talks: { noise: number; strays: number }[] }[] };
    expect(conversations[0]!.talks[0]).toMatchObject({ noise: 3, strays: 10 });
    await upstream.close();
  });

  it('says a hundred million bytes in one line: it is ended before they are here', async () => {
    const upstream = stage.open(oddEntry());
    const pid = await pidOf(upstream);
    await expect(call(upstream, 'long')).rejects.toMatchObject({ code: 'backend_unavailable' });
    expect(isAlive(pid)).toBe(false);
    expect(JSON.stringify(upstream.status())).toContain('in one line');
    await upstream.close();
  });

  it('tells of progress a million times: a few are passed on, and another upstream is served meanwhile', async () => {
    const [loud, quiet] = [stage.open(oddEntry(), 'loud'), stage.open(oddEntry(), 'quiet')];
    await Promise.all([pidOf(loud), pidOf(quiet)]);
    let told = 0;
    let served = 0;
    let isOver = false;
    const channel = { capabilities: {}, progress: () => void told++, log: () => undefined };
    const flood = call(loud, 'flood', {}, { channel }).finally(() => (isOver = true));
    while (!isOver) {
      await call(quiet, 'echo');
      served++;
    }
    expect(said(await flood)).toBe('after the flood');
    expect(told).toBeGreaterThanOrEqual(200);
    expect(told).toBeLessThan(20_000);
    expect(served).toBeGreaterThan(100);
    await Promise.all([loud.close(), quiet.close()]);
  });
});

describe('how many processes there are', () => {
  it('one for everybody, whoever calls and how often', async () => {
    const upstream = stage.open(oddEntry());
    const pids = new Set<number>();
    for (let i = 0; i < 500; i += 20) {
      const some = Array.from({ length: 20 }, (_, n) => pidOf(upstream, `user-${(i + n) % 100}`));
      for (const pid of await Promise.all(some)) pids.add(pid);
    }
    expect(pids.size).toBe(1);
    const before = heap();
    for (let i = 0; i < 5_000; i += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, n) => call(upstream, 'echo', { n })));
    }
    expect(heap() - before).toBeLessThan(20_000_000);
    await upstream.close();
    expect(isAlive([...pids][0]!)).toBe(false);
  });

  it('one for each principal, up to a bound: whoever has not called for longest makes room', async () => {
    const upstream = stage.open(oddEntry([], { sessions: 'principal', max_processes: 3 }));
    const first = await pidOf(upstream, 'a');
    const second = await pidOf(upstream, 'b');
    await pidOf(upstream, 'c');
    expect(await pidOf(upstream, 'a')).toBe(first);
    await pidOf(upstream, 'd');
    expect([isAlive(first), isAlive(second)]).toEqual([true, false]);
    await upstream.close();
  });

  it('forty principals at once: never more than there may be, and each is served', async () => {
    const upstream = stage.open(oddEntry([], { sessions: 'principal', max_processes: 4 }));
    const pids: number[] = [];
    let most = 0;
    const served = Array.from({ length: 40 }, async (_, n) => {
      const pid = await pidOf(upstream, `user-${n}`);
      pids.push(pid);
      most = Math.max(most, pids.filter(isAlive).length);
      return pid;
    });
    expect(new Set(await Promise.all(served)).size).toBe(40);
    expect(most).toBeLessThanOrEqual(4);
    await upstream.close();
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('so many over all upstreams: one that is idle makes room for another’s', async () => {
    await using own = new UpstreamStage({ UPSTREAM_MAX_PROCESSES: 2 });
    const [a, b, c] = ['a', 'b', 'c'].map((name) => own.open(oddEntry(), name));
    const pids = [await pidOf(a!), await pidOf(b!), await pidOf(c!)];
    expect(pids.map(isAlive)).toEqual([false, true, true]);
    // Those that are at work are left alone: whoever comes waits.
    const busy = [call(b!, 'sleep', { ms: 1_500 }), call(c!, 'sleep', { ms: 1_500 })];
    const late = pidOf(a!);
    expect((await Promise.all(busy)).map(said)).toEqual([1_500, 1_500]);
    expect(isAlive(await late)).toBe(true);
  });

  it('whoever waits in vain is told so', async () => {
    await using own = new UpstreamStage({ UPSTREAM_MAX_PROCESSES: 1 });
    const [a, b] = [own.open(oddEntry(), 'a'), own.open(oddEntry(), 'b')];
    await pidOf(a);
    const over = new AbortController();
    const hanging = call(a, 'hang', {}, { signal: over.signal });
    await expect(call(b, 'pid', {}, { signal: AbortSignal.timeout(300) })).rejects.toMatchObject({
      name: 'TimeoutError',
    });
    over.abort(new Error('left'));
    await expect(hanging).rejects.toThrow('left');
    await until(async () => (await pidOf(b)) > 0);
  });
});
