import { type DynamicModule, Global, Inject, Module, type OnApplicationShutdown, Optional } from '@nestjs/common';
import type { Redis } from 'ioredis';
import type { Config } from '#config/env.js';
import { PubSub } from './pub-sub.js';
import { openRedis, REDIS } from './redis.js';
import { RedisHealth } from './redis-health.js';

/** Connects to Redis before anything that needs it is made. Without REDIS_URL it provides nothing and loads nothing. */
@Global()
@Module({})
export class RedisModule implements OnApplicationShutdown {
  constructor(
    @Optional() @Inject(RedisHealth) private readonly health: RedisHealth | undefined,
    @Optional() @Inject(PubSub) private readonly pubSub: PubSub | undefined,
  ) {}

  static for({ REDIS_URL: url }: Pick<Config, 'REDIS_URL'>): DynamicModule {
    if (url === undefined) return { module: RedisModule };
    return {
      module: RedisModule,
      providers: [
        { provide: REDIS, useFactory: () => openRedis(url) },
        { provide: RedisHealth, inject: [REDIS], useFactory: startedHealth },
        { provide: PubSub, inject: [REDIS, RedisHealth], useFactory: pubSubOf },
      ],
      exports: [REDIS, RedisHealth, PubSub],
    };
  }

  onApplicationShutdown(): void {
    this.pubSub?.stop();
    this.health?.stop();
  }
}

async function startedHealth(client: Redis): Promise<RedisHealth> {
  const health = new RedisHealth(client);
  await health.start();
  return health;
}

const pubSubOf = (client: Redis, health: RedisHealth): PubSub => new PubSub(client, health);
