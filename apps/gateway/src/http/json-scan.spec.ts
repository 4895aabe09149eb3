import { describe, expect, it } from '@jest/globals';
import { scanJson, TOO_DEEP } from './json-scan.js';

const isShallow = (json: Buffer, depth: number) => scanJson(json, { depth, keys: Infinity }) !== TOO_DEEP;
const shallow = (text: string, maxDepth: number) => isShallow(Buffer.from(text), maxDepth);

/** The least limit under which the text counts as shallow. */
function depthOf(text: string): number {
  let depth = 0;
  while (!shallow(text, depth)) depth++;
  return depth;
}

describe('the depth that scanJson finds', () => {
  it.each([
    ['', 0],
    ['7', 0],
    ['"text"', 0],
    ['[]', 1],
    ['{}', 1],
    ['[[],[],{}]', 2],
    ['{"a":{"b":[{}]}}', 4],
    ['[[[]]]', 3],
    [' [ \n [ ] ] ', 2],
    ['[][][]', 1],
  ])('counts the levels of %s', (text, depth) => expect(depthOf(text)).toBe(depth));

  it.each([
    ['brackets in a string', '["[[[{{{"]', 1],
    ['brackets in a name', '{"[[[":1}', 1],
    ['closing brackets in a string', '[["]]"],[[]]]', 3],
    ['an escaped quote before brackets', '["\\"[[["]', 1],
    ['an escaped backslash at the end', '["\\\\",[[]]]', 3],
    ['a backslash and an escaped quote', '["\\\\\\"[[["]', 1],
    ['two escaped backslashes', '["\\\\\\\\",[]]', 2],
    ['nothing but backslashes', '["\\\\\\\\\\\\"]', 1],
    ['an empty string', '["",[""]]', 2],
    ['strings side by side', '["a""[",[]]', 2],
    ['an escaped bracket by number', '["\\u005b\\u005b"]', 1],
    ['text outside ASCII', '["\u{1f600}[[\u00fc"]', 1],
  ])('is not taken in by %s', (_what, text, depth) => expect(depthOf(text)).toBe(depth));

  it.each([
    ['an unterminated string', '["[[[[[', 1],
    ['an unterminated string after an escape', '["\\"', 1],
    ['a string that ends in a backslash', '["\\', 1],
    ['one quote', '"', 0],
    ['closing brackets only', ']]]]', 0],
    ['brackets that do not match', '[}[}', 1],
  ])('leaves %s to the parser', (_what, text, depth) => expect(depthOf(text)).toBe(depth));

  it('is exact at the edge', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(shallow(nested(64), 64)).toBe(true);
    expect(shallow(nested(65), 64)).toBe(false);
    expect(shallow(`{"a":${nested(63)}}`, 64)).toBe(true);
    expect(shallow(`{"a":${nested(64)}}`, 64)).toBe(false);
  });

  it('looks no further than the first level that is too deep', () => {
    const bytes = Buffer.from('['.repeat(500_000));
    const read: number[] = [];
    const watched = new Proxy(bytes, {
      get: (target, key) => {
        if (typeof key === 'string' && /^\d+$/.test(key)) read.push(Number(key));
        return Reflect.get(target, key, target) as unknown;
      },
    });
    expect(isShallow(watched, 64)).toBe(false);
    expect(Math.max(...read)).toBe(64);
  });

  it('reads a long run of escapes to its end', () => {
    expect(shallow(`["${'\\"'.repeat(200_000)}",[]]`, 1)).toBe(false);
    expect(shallow(`["${'\\\\'.repeat(200_000)}",[]]`, 1)).toBe(false);
  });
});
