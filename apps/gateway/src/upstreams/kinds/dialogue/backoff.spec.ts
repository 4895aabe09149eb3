import { describe, expect, it } from '@jest/globals';
import { Backoff } from './backoff.js';

describe('Backoff', () => {
  it('waits twice as long each time, at most 30 s, and tells of a loop', () => {
    const backoff = new Backoff(() => 1);
    const waits = Array.from({ length: 10 }, () => {
      backoff.failed(0);
      return Math.round(backoff.waitMs / 250) * 250;
    });
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    expect(backoff.isLooping).toBe(true);
  });

  it('spreads what failed at once: half of the wait is chance', () => {
    const backoff = new Backoff(() => 0);
    for (let i = 0; i < 3; i++) backoff.failed(0);
    expect(Math.round(backoff.waitMs / 250) * 250).toBe(500);
    expect(backoff.isLooping).toBe(false);
  });

  it('does not hold it against one that was well for long', () => {
    const backoff = new Backoff(() => 1);
    for (let i = 0; i < 5; i++) backoff.failed(0);
    backoff.failed(10_000);
    expect(backoff.waitMs).toBeLessThanOrEqual(250);
    expect(backoff.isLooping).toBe(false);
  });
});
