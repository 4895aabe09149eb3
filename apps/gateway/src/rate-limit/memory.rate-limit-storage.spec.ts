import { beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryRateLimitStorage } from './memory.rate-limit-storage.js';

let now: number;
let storage: MemoryRateLimitStorage;
beforeEach(() => {
  now = 1_800_000_000_000;
  storage = new MemoryRateLimitStorage(() => now, 100);
});
const take = (key: string, limit = 5, windowMs = 1_000) => storage.take([{ key, limit, windowMs }]);
const remaining = (key: string) => take(key).standings[0]!.remaining;

describe('its memory', () => {
  it('is bounded, whatever comes', () => {
    for (let i = 0; i < 100_000; i++) take(`ratelimit:t:${i}`);
    for (let i = 0; i < 100_000; i++) take(`ratelimit::address:60:${i}`);
    expect(storage.size).toBeLessThanOrEqual(400);
  });

  it('is given back two windows on', () => {
    for (let i = 0; i < 90; i++) take(`ratelimit:t:${i}`);
    now += 2_000;
    take('ratelimit:t:x');
    expect(storage.size).toBe(1);
  });

  it('keeps a caller’s count whatever strangers send', () => {
    for (let i = 0; i < 5; i++) take('ratelimit:t:ada');
    for (let i = 0; i < 100_000; i++) take(`ratelimit::address:60:${i}`);
    expect(take('ratelimit:t:ada').refused).toBe(0);
  });

  it('keeps the youngest counts when it is full', () => {
    for (let i = 0; i < 100; i++) take(`ratelimit:t:${i}`);
    for (let i = 0; i < 5; i++) take('ratelimit:t:ada');
    for (let i = 0; i < 99; i++) take(`ratelimit:u:${i}`);
    expect(take('ratelimit:t:ada').refused).toBe(0);
  });
});

describe('the clock', () => {
  it('ends a window to the millisecond, however the periods lie', () => {
    for (const start of [0, 1, 499, 999, 1_000, 1_001, 2_500]) {
      const key = `ratelimit:t:${start}`;
      now += start;
      for (let i = 0; i < 5; i++) take(key);
      now += 999;
      expect(take(key).refused).toBe(0);
      now += 1;
      expect(remaining(key)).toBe(4);
    }
  });

  it('that is set back locks nobody out', () => {
    for (let i = 0; i < 5; i++) take('ratelimit:t:ada');
    now -= 3_600_000;
    expect(remaining('ratelimit:t:ada')).toBe(4);
    for (let i = 0; i < 300; i++) take(`ratelimit:t:${i}`);
    expect(storage.size).toBeLessThanOrEqual(200);
  });

  it('that jumps ahead frees everybody', () => {
    for (let i = 0; i < 5; i++) take('ratelimit:t:ada');
    now += 3_600_000;
    expect(remaining('ratelimit:t:ada')).toBe(4);
  });
});
