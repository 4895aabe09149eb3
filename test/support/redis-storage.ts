import { RedisRateLimitStorage } from '#gateway/rate-limit/redis.rate-limit-storage.js';
import { openRedis } from '#redis/redis.js';
import { RedisHealth } from '#redis/redis-health.js';
import { RedisServer } from './redis-server.js';

export interface RedisStage {
  readonly server: RedisServer;
  readonly health: RedisHealth;
  readonly storage: RedisRateLimitStorage;
}

/** The storage of limits on a real Redis of its own, or on the one that `url` names. */
export async function openRedisStorage(stack: AsyncDisposableStack, url?: string): Promise<RedisStage> {
  const server = stack.use(await RedisServer.start());
  const client = await openRedis(url ?? server.url);
  const health = stack.adopt(new RedisHealth(client), (it) => it.stop());
  const storage = new RedisRateLimitStorage(client, health);
  await health.start();
  return { server, health, storage };
}
