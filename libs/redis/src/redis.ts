import type { Redis } from 'ioredis';

/** The connection to Redis; provided only where REDIS_URL is set. */
export const REDIS = Symbol('redis');

const CONNECT_TIMEOUT_MS = 1_000;
const LONGEST_PAUSE_MS = 500;

/**
 * One connection that never queues: a command that cannot be sent fails at once, and one whose connection breaks fails
 * with it, so that nobody waits for a Redis that is away. It reconnects for ever. Commands of one turn of the event
 * loop share one write. The library is loaded here: a gateway without Redis does not pay for it.
 */
export async function openRedis(url: string): Promise<Redis> {
  const { Redis } = await import('ioredis');
  return new Redis(url, {
    lazyConnect: true,
    enableAutoPipelining: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    // `RedisHealth` asks what this would, and more: whether Redis takes writes.
    enableReadyCheck: false,
    protocol: 2,
    disableClientInfo: true,
    connectionName: 'achilles-gateway',
    connectTimeout: CONNECT_TIMEOUT_MS,
    // Its timer outlives a connection that is closed already.
    disconnectTimeout: 50,
    retryStrategy: (attempt) =>
      Math.min(20 * 2 ** Math.min(attempt, 10), LONGEST_PAUSE_MS) * (0.75 + Math.random() / 4),
  });
}
