import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { MemoryResultStore } from '#gateway/results/memory.result-store.js';
import { RedisResultStore } from '#gateway/results/redis.result-store.js';
import type { ResultStore } from '#gateway/results/result-store.js';
import { openRedis } from '#redis/redis.js';
import { RedisHealth } from '#redis/redis-health.js';
import { RedisServer } from '../support/redis-server.js';

const MEGABYTE = 1_024 * 1_024;

let server: RedisServer;
beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

async function openRedisStore(stack: AsyncDisposableStack, url = server.url): Promise<RedisResultStore> {
  const client = await openRedis(url);
  const health = stack.adopt(new RedisHealth(client), (it) => it.stop());
  await health.start();
  return stack.adopt(new RedisResultStore(client, health), (it) => it.close());
}

describe.each<[string, (stack: AsyncDisposableStack) => Promise<ResultStore>]>([
  ['memory', () => Promise.resolve(new MemoryResultStore(256 * MEGABYTE))],
  ['Redis', openRedisStore],
])('results in %s', (_, open) => {
  let stack: AsyncDisposableStack;
  let store: ResultStore;
  let owner: string;
  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    store = await open(stack);
    owner = randomBytes(16).toString('base64url');
  });
  afterEach(() => stack.disposeAsync());

  it('come back as they were', async () => {
    const bytes = Buffer.concat([randomBytes(100_000), Buffer.from([0, 255, 13, 10])]);
    expect(await store.keep(owner, 'a', bytes)).toBe(true);
    expect([await store.has(owner, 'a'), (await store.read(owner, 'a'))!.equals(bytes)]).toEqual([true, true]);
  });

  it('are their owner’s', async () => {
    await store.keep(owner, 'a', Buffer.from('mine'));
    for (const other of ['', 'x', `${owner} `, owner.slice(1), '*']) {
      expect([await store.read(other, 'a'), await store.has(other, 'a')]).toEqual([undefined, false]);
    }
    expect(await store.read(owner, 'b')).toBeUndefined();
  });

  it('of one owner are only so many, the oldest go first, and another’s stay', async () => {
    await store.keep('somebody else', 'a', Buffer.from('theirs'));
    const ids = Array.from({ length: 20 }, (_one, i) => `id${i}`);
    for (const id of ids) expect(await store.keep(owner, id, Buffer.alloc(5 * MEGABYTE, id))).toBe(true);
    const left = await Promise.all(ids.map((id) => store.has(owner, id)));
    expect(left.filter(Boolean).length).toBeLessThanOrEqual(12);
    expect(left.indexOf(true)).toBe(left.length - left.filter(Boolean).length);
    expect(left.at(-1)).toBe(true);
    expect(await store.has('somebody else', 'a')).toBe(true);
  });

  it('that are too large are not kept', async () => {
    expect(await store.keep(owner, 'a', Buffer.alloc(65 * MEGABYTE))).toBe(false);
    expect(await store.has(owner, 'a')).toBe(false);
  });

  it('may have notes, which go by themselves', async () => {
    await store.note(owner, 'k', 'first', 60);
    await store.note(owner, 'k', 'second', 1);
    expect([await store.noted(owner, 'k'), await store.noted('x', 'k'), await store.noted(owner, 'l')]).toEqual([
      'second',
      undefined,
      undefined,
    ]);
    await delay(1_200);
    expect(await store.noted(owner, 'k')).toBeUndefined();
  });
});

it('in Redis go after an hour, without leaving anything', async () => {
  await using stack = new AsyncDisposableStack();
  const store = await openRedisStore(stack);
  await store.keep('o', 'a', Buffer.from('x'));
  for (const key of ['results:{o}:a', 'results:{o}:index']) {
    const left = Number(await server.cli('ttl', key));
    expect([left > 3_500, left <= 3_600]).toEqual([true, true]);
  }
});

it('in a Redis that is away are not kept, and nobody waits', async () => {
  await using stack = new AsyncDisposableStack();
  await using own = await RedisServer.start();
  const store = await openRedisStore(stack, own.url);
  await store.keep('o', 'a', Buffer.from('x'));
  await own.end();
  expect([await store.keep('o', 'b', Buffer.from('x')), await store.read('o', 'a'), await store.has('o', 'a')]).toEqual(
    [false, undefined, false],
  );
  await store.note('o', 'k', 'n', 60);
  expect(await store.noted('o', 'k')).toBeUndefined();
});
