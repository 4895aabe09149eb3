import { afterAll, beforeAll, describe } from '@jest/globals';
import { MemoryRateLimitStorage } from '#gateway/rate-limit/memory.rate-limit-storage.js';
import type { RateLimitStorage } from '#gateway/rate-limit/rate-limit.storage.js';
import { openRedisStorage } from '../support/redis-storage.js';
import { rateLimitStorageContract } from './rate-limit-storage.contract.js';

describe('limits in memory', () => {
  const storage = new MemoryRateLimitStorage();
  rateLimitStorageContract(() => storage);
});

describe('limits in Redis', () => {
  const stack = new AsyncDisposableStack();
  let storage: RateLimitStorage;
  beforeAll(async () => {
    ({ storage } = await openRedisStorage(stack, process.env['REDIS_URL']));
  });
  afterAll(() => stack.disposeAsync());
  rateLimitStorageContract(() => storage);
});
