import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { segment } from '#gateway/rate-limit/rate-limit.keys.js';
import type { Demand } from '#gateway/rate-limit/rate-limit.storage.js';
import { openRedis } from '#redis/redis.js';
import { RedisHealth } from '#redis/redis-health.js';
import { eventually } from '../support/embedded-stage.js';
import { openRedisStorage, type RedisStage } from '../support/redis-storage.js';

const stack = new AsyncDisposableStack();
let stage: RedisStage;
beforeAll(async () => {
  stage = await openRedisStorage(stack);
});
afterAll(() => stack.disposeAsync());
beforeEach(() => stage.server.cli('flushall'));

const KEY = 'ratelimit:tenant-123:calls:60:someone';
const demand = (key = KEY): Demand => ({ key, limit: 10, windowMs: 60_000 });
const take = (key?: string) => stage.storage.take([demand(key)]);
const remaining = async (key?: string) => (await take(key)).standings[0]!.remaining;
const isBack = () => eventually(() => expect(stage.health.available).toBe(true));

/** Asks while Redis is out of order; resolves when the storage has noticed, with how long that took. */
async function failsWithin(): Promise<number> {
  const began = performance.now();
  await expect(take()).rejects.toThrow();
  expect(stage.health.available).toBe(false);
  return performance.now() - began;
}

describe('every key', () => {
  it('expires', async () => {
    await take();
    const ttl = Number(await stage.server.cli('pttl', KEY));
    expect(ttl).toBeGreaterThan(0);
    expect(ttl).toBeLessThanOrEqual(60_000);
  });

  it.each([
    ['a list', ['rpush', KEY, 'x']],
    ['a hash', ['hset', KEY, 'a', 'b']],
    ['text', ['set', KEY, 'abc']],
    ['nothing', ['set', KEY, '']],
    ['a negative count', ['set', KEY, '-5']],
    ['a fraction', ['set', KEY, '1.5']],
    ['a hexadecimal count', ['set', KEY, '0x10', 'px', '1000']],
    ['an exponent', ['set', KEY, '1e3', 'px', '1000']],
    ['more than an integer holds', ['set', KEY, '9'.repeat(30), 'px', '1000']],
    ['a count that never expires', ['set', KEY, '10']],
    ['a count that expires in a year', ['set', KEY, '10', 'ex', '31536000']],
  ])('that holds %s begins anew, and expires', async (_what, command) => {
    await stage.server.cli(...command);
    expect(await remaining()).toBe(9);
    expect(Number(await stage.server.cli('pttl', KEY))).toBeLessThanOrEqual(60_000);
    expect(await remaining()).toBe(8);
    expect(stage.health.available).toBe(true);
  });
});

describe('the runbook', () => {
  it('clears one tenant, and only that one', async () => {
    const other = 'ratelimit:tenant-1234:calls:60:someone';
    await Promise.all([take(), take(other)]);
    await stage.server.shell('redis-cli KEYS "ratelimit:tenant-123:*" | xargs redis-cli DEL');
    expect([await remaining(), await remaining(other)]).toEqual([9, 8]);
  });

  it('clears a tenant of any name', async () => {
    const names = ['acme corp', "o'neil", 'a"b', 'a\\b', 'a*', '[a]', '$(id)', 'a:b', 'é', 'x'.repeat(500), '-', ''];
    for (const name of names) {
      const key = `ratelimit:${segment(name)}:calls:60:someone`;
      await take(key);
      await stage.server.shell(`redis-cli KEYS "ratelimit:${segment(name)}:*" | xargs redis-cli DEL`);
      expect(await stage.server.cli('dbsize')).toBe('0');
    }
  });

  it.each(['redis-cli KEYS "ratelimit:*" | xargs redis-cli DEL', 'redis-cli FLUSHDB'])(
    'clears all: %s',
    async (line) => {
      await take();
      await stage.server.shell(line);
      expect(await remaining()).toBe(9);
    },
  );

  it('pings', async () => expect(await stage.server.shell('redis-cli -h localhost ping')).toBe('PONG'));
});

describe('Redis out of order', () => {
  it('forgets its scripts: nobody notices', async () => {
    await take();
    await stage.server.cli('script', 'flush');
    expect(await remaining()).toBe(8);
    expect(stage.health.available).toBe(true);
  });

  it('hangs: is noticed in some 50 ms by all that wait, and counted with again when it goes on', async () => {
    await take();
    stage.server.signal('SIGSTOP');
    try {
      const waiting = Promise.allSettled(Array.from({ length: 20 }, () => take()));
      expect(await failsWithin()).toBeLessThan(1_500);
      expect((await waiting).every(({ status }) => status === 'rejected')).toBe(true);
    } finally {
      stage.server.signal('SIGCONT');
    }
    await isBack();
    expect((await take()).refused).toBeLessThanOrEqual(0);
  });

  it('is killed: is noticed at once, and counted with again when it is back', async () => {
    await stage.server.end();
    await eventually(() => expect(stage.health.available).toBe(false));
    expect(await failsWithin()).toBeLessThan(1_000);
    await stage.server.start();
    await isBack();
    expect(await remaining()).toBe(9);
  });

  it('is full: a write fails, and its PING would not tell', async () => {
    await stage.server.cli('config', 'set', 'maxmemory-policy', 'noeviction');
    await stage.server.cli('config', 'set', 'maxmemory', '1');
    await failsWithin();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(stage.health.available).toBe(false);
    await stage.server.cli('config', 'set', 'maxmemory', '0');
    await isBack();
    expect(await remaining()).toBe(9);
  });

  it('has become a replica', async () => {
    await stage.server.cli('replicaof', '127.0.0.1', '1');
    await failsWithin();
    await stage.server.cli('replicaof', 'no', 'one');
    await isBack();
    expect(await remaining()).toBe(9);
  });

  it('closes our connection: the next probe has another', async () => {
    await stage.server.cli('client', 'kill', 'type', 'normal');
    await eventually(() => expect(stage.health.available).toBe(false));
    await isBack();
    expect(await remaining()).toBe(9);
  });
});

describe('at the start', () => {
  it('does not wait for a port that refuses', async () => {
    const health = new RedisHealth(await openRedis('redis://127.0.0.1:1'));
    await health.start();
    expect(health.available).toBe(false);
    health.stop();
  });

  it('waits a second at most for a host that accepts and says nothing', async () => {
    const sockets: Socket[] = [];
    const hole = createServer((socket) => void sockets.push(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => hole.listen(0, '127.0.0.1', resolve));
    const health = new RedisHealth(
      await openRedis(`redis://:secret@127.0.0.1:${(hole.address() as AddressInfo).port}`),
    );
    const began = performance.now();
    await health.start();
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(health.available).toBe(false);
    health.stop();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => hole.close(resolve));
  });

  it('goes on without a password that Redis asks for', async () => {
    await stage.server.cli('config', 'set', 'requirepass', 'hunter2');
    const health = new RedisHealth(await openRedis(stage.server.url));
    await health.start();
    expect(health.available).toBe(false);
    health.stop();
    await stage.server.cli('--no-auth-warning', '-a', 'hunter2', 'config', 'set', 'requirepass', '');
    await isBack();
  });
});
