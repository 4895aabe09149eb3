import { describe, expect, it } from '@jest/globals';
import { canonicalJson, NotCanonical } from './canonical-json.js';

const reasonFor = (value: unknown, maxDepth?: number): string | undefined => {
  try {
    canonicalJson(value, maxDepth);
    return undefined;
  } catch (error) {
    if (error instanceof NotCanonical) return error.reason;
    throw error;
  }
};

/** The double with these bits, as RFC 8785 appendix B lists them. */
const double = (bits: string): number => Buffer.from(bits, 'hex').readDoubleBE();
const lists = (depth: number): unknown => (depth === 0 ? 1 : [lists(depth - 1)]);
const objects = (depth: number): unknown => (depth === 0 ? 1 : { a: objects(depth - 1) });

describe('canonicalJson', () => {
  // RFC 8785, appendix B.
  it.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('writes the double %s as %s', (bits, text) => expect(canonicalJson(double(bits))).toBe(text));

  it('sorts members by UTF-16 code unit, as RFC 8785 3.2.3 does', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\u{1f600}': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    expect(canonicalJson(value).match(/:"\w+/g)).toEqual([
      ':"Carriage',
      ':"One',
      ':"Control',
      ':"Latin',
      ':"Euro',
      ':"Emoji',
      ':"Hebrew',
    ]);
  });

  it('sorts what looks like a number as text', () => {
    expect(canonicalJson({ 10: 1, 9: 2, b: 3, a: 4, '': 5 })).toBe('{"":5,"10":1,"9":2,"a":4,"b":3}');
  });

  it('gives one text whatever order members came in, at every level', () => {
    const one = canonicalJson({ b: { d: 1, c: [{ f: 1, e: 2 }] }, a: null });
    expect(one).toBe('{"a":null,"b":{"c":[{"e":2,"f":1}],"d":1}}');
    expect(canonicalJson({ a: null, b: { c: [{ e: 2, f: 1 }], d: 1 } })).toBe(one);
  });

  it.each([
    ['\u20ac$\u000f\nA\'B"\\\\"/', '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'],
    ['\b\t\n\f\r', '"\\b\\t\\n\\f\\r"'],
    ['\u0001\u001f\u007f', '"\\u0001\\u001f\u007f"'],
    ['\u2028\u2029', '"\u2028\u2029"'],
    ['\u{1f600}', '"\u{1f600}"'],
    ['', '""'],
    // What PostgreSQL cannot keep.
    ['a\u0000b', '"a\ufffdb"'],
    ['\ud83d', '"\ufffd"'],
    ['\ude00\ud83d', '"\ufffd\ufffd"'],
    ['\u{1f600}\ud83d!', '"\u{1f600}\ufffd!"'],
  ])('writes the text %j as %s', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
    expect(canonicalJson({ [value]: 1 })).toBe(`{${text}:1}`);
  });

  it.each([
    [null, 'null'],
    [true, 'true'],
    [false, 'false'],
    [[], '[]'],
    [{}, '{}'],
    [{ a: undefined, b: 1, c: undefined }, '{"b":1}'],
    [{ a: undefined }, '{}'],
    [JSON.parse('{"__proto__":{"x":1},"constructor":2}'), '{"__proto__":{"x":1},"constructor":2}'],
    [[-0, { a: -0 }], '[0,{"a":0}]'],
  ])('writes %j as %s', (value, text) => expect(canonicalJson(value)).toBe(text));

  it.each([NaN, Infinity, -Infinity, undefined, 1n, Symbol('s'), () => 1])('refuses %p wherever it stands', (value) => {
    expect(reasonFor(value)).toBe('not_json');
    expect(reasonFor([value])).toBe('not_json');
    if (value !== undefined) expect(reasonFor({ a: { b: value } })).toBe('not_json');
  });

  it('goes as deep as it is told, and no deeper', () => {
    for (const nested of [lists, objects]) {
      expect(reasonFor(nested(3), 3)).toBeUndefined();
      expect(reasonFor(nested(4), 3)).toBe('too_deep');
      expect(reasonFor(nested(64))).toBeUndefined();
      expect(reasonFor(nested(65))).toBe('too_deep');
    }
    expect(reasonFor('text', 0)).toBeUndefined();
    expect(reasonFor([], 0)).toBe('too_deep');
  });

  it('refuses a circle instead of following it', () => {
    const circle: unknown[] = [];
    circle.push(circle);
    expect(reasonFor(circle)).toBe('too_deep');
  });

  it('reads back as what it was', () => {
    const value = { z: [1, 'two', { three: null }], y: { x: -0.5 }, w: 'a"b\\c' };
    expect(JSON.parse(canonicalJson(value))).toEqual(value);
  });
});
