import { type DynamicModule, Module } from '@nestjs/common';
import type { Redis } from 'ioredis';
import type { Config } from '#config/env.js';
import { REDIS } from '#redis/redis.js';
import { RedisHealth } from '#redis/redis-health.js';
import { MemoryRateLimitStorage } from './memory.rate-limit-storage.js';
import { RateLimitGuard } from './rate-limit.guard.js';
import { RateLimitMetrics } from './rate-limit.metrics.js';
import { RateLimitRulesFile } from './rate-limit.rules-file.js';
import { RateLimitService } from './rate-limit.service.js';
import { RateLimitStorage } from './rate-limit.storage.js';
import { RedisRateLimitStorage } from './redis.rate-limit-storage.js';

/** Provides the guard that `request-stages.ts` puts in front of every route, and `RateLimitService` for tools. */
@Module({})
export class RateLimitModule {
  /**
   * The throttler library with our storage: shared where there is a Redis, this process's own where there is none. The
   * library is CommonJS that requires Nest's ES modules: it can be loaded only once those are.
   */
  static async for(config: Pick<Config, 'RATE_LIMIT_RPM'>): Promise<DynamicModule> {
    const { getStorageToken, ThrottlerModule } = await import('@nestjs/throttler');
    const throttler = ThrottlerModule.forRootAsync({
      inject: [
        { token: REDIS, optional: true },
        { token: RedisHealth, optional: true },
      ],
      useFactory: (redis?: Redis, health?: RedisHealth) => ({
        throttlers: [{ name: 'subject', limit: config.RATE_LIMIT_RPM, ttl: 60_000 }],
        storage: redis && health ? new RedisRateLimitStorage(redis, health) : new MemoryRateLimitStorage(),
      }),
    });
    return {
      module: RateLimitModule,
      global: true,
      imports: [throttler],
      providers: [
        { provide: RateLimitStorage, useExisting: getStorageToken() },
        RateLimitMetrics,
        RateLimitRulesFile,
        RateLimitService,
        RateLimitGuard,
      ],
      exports: [RateLimitGuard, RateLimitService],
    };
  }
}
