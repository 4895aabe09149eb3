import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type EventLog, MemoryEventLog, MOST_EVENTS, RedisEventLog } from '#gateway/mcp/legacy/event-log.js';
import { openRedis } from '#redis/redis.js';
import { RedisHealth } from '#redis/redis-health.js';
import { RedisServer } from '../support/redis-server.js';

const LISTS = { tools: 't', prompts: 'p', resources: 'r' };

let server: RedisServer;
beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

async function openRedisLog(stack: AsyncDisposableStack): Promise<EventLog> {
  const client = await openRedis(server.url);
  const health = stack.adopt(new RedisHealth(client), (it) => it.stop());
  await health.start();
  return new RedisEventLog(client, health, 60);
}

describe.each<[string, (stack: AsyncDisposableStack) => Promise<EventLog>]>([
  ['memory', () => Promise.resolve(new MemoryEventLog(60_000))],
  ['Redis', openRedisLog],
])('events of a session in %s', (_, open) => {
  let stack: AsyncDisposableStack;
  let log: EventLog;
  let session: string;
  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    log = await open(stack);
    session = crypto.randomUUID();
  });
  afterEach(() => stack.disposeAsync());

  const append = async (message: string) => (await log.append(session, { message, lists: LISTS }))!;

  it('come back from one on, in their order, with how the lists looked', async () => {
    await append('a');
    const id = await append('b');
    const last = await append('{"c":"\\n é 😀"}');
    expect(await log.from(session, id)).toEqual([
      { id, message: 'b', lists: LISTS },
      { id: last, message: '{"c":"\\n é 😀"}', lists: LISTS },
    ]);
    expect(await log.from(session, last)).toHaveLength(1);
  });

  it('belong to one session', async () => {
    const id = await append('a');
    expect(await log.from(crypto.randomUUID(), id)).toEqual([]);
  });

  it.each(['', 'x', '0-0', '-', '+', '1', '99999999999999-0', '$', '* m x'])(
    'are not found by the id %j',
    async (id) => {
      await append('a');
      expect(await log.from(session, id)).toEqual([]);
    },
  );

  it('are only so many', async () => {
    const first = await append('first');
    // Redis cuts in whole blocks of a hundred.
    for (let i = 0; i < 4 * MOST_EVENTS + 100; i++) await append(String(i));
    expect(await log.from(session, first)).toEqual([]);
  });
});

it('is silent about a Redis that is away', async () => {
  await using own = await RedisServer.start();
  const client = await openRedis(own.url);
  const health = new RedisHealth(client);
  await health.start();
  const log = new RedisEventLog(client, health, 60);
  await own.end();
  expect(await log.append('s', { message: 'a', lists: LISTS })).toBeUndefined();
  expect(await log.from('s', '1-1')).toEqual([]);
  health.stop();
});
