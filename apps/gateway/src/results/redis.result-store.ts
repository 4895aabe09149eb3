import type { Redis } from 'ioredis';
import type { RedisHealth } from '#redis/redis-health.js';
import { KEPT_SECONDS, ResultStore } from './result-store.js';

/** Of one result: a larger one would hold up everybody who asks Redis meanwhile. */
const LARGEST = 8 * 1_024 * 1_024;
/** Of one owner. */
const MOST_BYTES = 64 * 1_024 * 1_024;
/** Megabytes take longer than the little that everybody else asks Redis. */
const COMMAND_TIMEOUT_MS = 3_000;

/**
 * KEYS: the owner's index, the result. ARGV: packed, id, seconds, most bytes, the results' common beginning. The index is
 * ordered by Redis's own clock in microseconds: several may be kept in one second.
 */
const KEEP = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[3] * 1000000)
redis.call('ZADD', KEYS[1], now, ARGV[2] .. ' ' .. #ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
local members = redis.call('ZRANGE', KEYS[1], 0, -1)
local total = 0
for _, member in ipairs(members) do total = total + tonumber(string.match(member, ' (%d+)$')) end
for _, member in ipairs(members) do
  if total <= tonumber(ARGV[4]) then break end
  local id, bytes = string.match(member, '^(.-) (%d+)$')
  if id ~= ARGV[2] then
    redis.call('DEL', ARGV[5] .. id)
    redis.call('ZREM', KEYS[1], member)
    total = total - tonumber(bytes)
  end
end
return 1
`;

/**
 * In Redis, for every replica. Over a connection of its own: what is large here must not keep small things waiting, and
 * being slow with it is no sign that Redis is away.
 */
export class RedisResultStore extends ResultStore {
  readonly name = 'redis';
  private connection: Redis | undefined;

  constructor(
    private readonly client: Redis,
    private readonly health: RedisHealth,
  ) {
    super();
  }

  get available(): boolean {
    return this.health.available;
  }

  async keep(owner: string, id: string, packed: Buffer): Promise<boolean> {
    if (packed.length > LARGEST) return false;
    const kept = await this.ask((redis) =>
      redis.eval(KEEP, 2, indexOf(owner), keyOf(owner, id), packed, id, KEPT_SECONDS, MOST_BYTES, keyOf(owner, '')),
    );
    return kept === 1;
  }

  async read(owner: string, id: string): Promise<Buffer | undefined> {
    return (await this.ask((redis) => redis.getBuffer(keyOf(owner, id)))) ?? undefined;
  }

  async has(owner: string, id: string): Promise<boolean> {
    return (await this.ask((redis) => redis.exists(keyOf(owner, id)))) === 1;
  }

  async note(owner: string, key: string, note: string, seconds: number): Promise<void> {
    await this.ask((redis) => redis.set(noteOf(owner, key), note, 'EX', seconds));
  }

  async noted(owner: string, key: string): Promise<string | undefined> {
    return (await this.ask((redis) => redis.get(noteOf(owner, key)))) ?? undefined;
  }

  close(): void {
    this.connection?.disconnect();
  }

  /** @returns undefined where Redis is away, too */
  private async ask<T>(question: (redis: Redis) => Promise<T>): Promise<T | undefined> {
    if (!this.health.available) return undefined;
    try {
      return await question(await this.connected());
    } catch {
      return undefined;
    }
  }

  private async connected(): Promise<Redis> {
    if (!this.connection) {
      this.connection = this.client.duplicate({ commandTimeout: COMMAND_TIMEOUT_MS, enableOfflineQueue: true });
      this.connection.on('error', () => undefined);
      await this.connection.connect();
    }
    return this.connection;
  }
}

/** The braces keep what is of one owner together, where Redis is a cluster. */
const indexOf = (owner: string) => `results:{${owner}}:index`;
const keyOf = (owner: string, id: string) => `results:{${owner}}:${id}`;
const noteOf = (owner: string, key: string) => `results:{${owner}}:note:${key}`;
