import { describe, expect, it } from '@jest/globals';
import { isDeeperThan } from './json-depth.js';

describe('isDeeperThan', () => {
  it.each([
    ['1', 0],
    ['"[[["', 0],
    ['"\\"[["', 0],
    ['"\\\\"', 0],
    ['[]', 1],
    ['{"a":[1,{"b":"}]"}]}', 3],
    ['[[],[],[[]]]', 3],
    ['['.repeat(100_000) + ']'.repeat(100_000), 100_000],
  ])('counts the levels of %.30s', (text, depth) => {
    expect(isDeeperThan(text, depth)).toBe(false);
    if (depth > 0) expect(isDeeperThan(text, depth - 1)).toBe(true);
  });
});
