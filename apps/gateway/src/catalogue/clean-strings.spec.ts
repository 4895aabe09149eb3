import { describe, expect, it } from '@jest/globals';
import { cleanStrings } from './clean-strings.js';

describe('cleanStrings', () => {
  it.each<[unknown, unknown]>([
    ['a\0b\0', 'ab'],
    ['\0', ''],
    ['cafe\u0301', 'café'],
    // Removed first: what it kept apart is then composed.
    ['e\0\u0301', 'é'],
    ['\u1100\u1161', '가'],
    ['\u212b', 'Å'],
    // Not NFKC: a ligature stays what it is.
    ['ﬁ ①', 'ﬁ ①'],
    ['\ud800', '\ud800'],
    ['line\nand\ttab \u001b', 'line\nand\ttab \u001b'],
    [{ a: ['x', { b: 'y\0' }] }, { a: ['x', { b: 'y' }] }],
    [{ 'na\0me': 1 }, { 'na\0me': 1 }],
    [
      [1, null, true, 'é'],
      [1, null, true, 'é'],
    ],
  ])('of %j is %j', (given, clean) => expect(cleanStrings(given)).toEqual(clean));

  it.each([[{ a: ['x', { b: 'é', c: 1 }], d: null }], [['x', ['y']]], ['plain'], [5]])(
    'returns %j itself',
    (given: unknown) => expect(cleanStrings(given)).toBe(given),
  );

  it('changes nothing that it is given, and copies no more than it must', () => {
    const clean = { x: 'y' };
    const given = { dirty: ['a\0'], clean };
    const result = cleanStrings(given) as typeof given;
    expect(given).toEqual({ dirty: ['a\0'], clean: { x: 'y' } });
    expect(result.clean).toBe(clean);
  });

  it('takes __proto__ for a member like any other', () => {
    const given = JSON.parse('{"__proto__":{"polluted":"yes\\u0000"},"constructor":"a\\u0000"}') as object;
    const clean = cleanStrings(given) as object;
    expect(JSON.stringify(clean)).toBe('{"__proto__":{"polluted":"yes"},"constructor":"a"}');
    expect(Object.getPrototypeOf(clean)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
