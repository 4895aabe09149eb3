import { describe, expect, it } from '@jest/globals';
import { storableJson, storableKey } from './storable-json.js';

const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);

describe('a value', () => {
  it.each([[null], [true], [0], ['a\\u0000b'], [{ a: [1, { b: '😀' }] }], [deep(64)], ['x'.repeat(65_534)]])(
    'can be kept: %#',
    (value) => {
      expect(JSON.parse(storableJson('kv.set', value))).toEqual(value);
    },
  );

  it.each([
    [undefined, 'must be JSON'],
    [NaN, 'must be JSON'],
    [Infinity, 'must be JSON'],
    [10n, 'must be JSON'],
    [() => 1, 'must be JSON'],
    [{ a: undefined }, 'must be JSON'],
    ['a\0b', 'U+0000'],
    ['\ud800', 'lone surrogates'],
    [{ a: [{ b: 'x\udc00' }] }, 'lone surrogates'],
    [{ 'a\0': 1 }, 'U+0000'],
    [{ '\udfff': 1 }, 'lone surrogates'],
    [deep(65), 'at most 64 deep'],
    ['x'.repeat(65_535), '65536 bytes'],
    ['ä'.repeat(32_768), '65536 bytes'],
  ])('cannot be kept: %#', (value, why) => {
    expect(() => storableJson('kv.set', value)).toThrow(why);
    expect(() => storableJson('kv.set', value)).toThrow(/^kv\.set: /);
  });
});

describe('a key', () => {
  it.each([['a'], ['x'.repeat(256)], ['😀'], ["'; drop table"], ['%_']])('may be %j', (key) => {
    expect(storableKey('kv.get', key)).toBe(key);
  });

  it.each([[undefined], [null], [1], [''], [{}], ['x'.repeat(257)], ['a\0'], ['\ud83d']])('may not be %j', (key) => {
    expect(() => storableKey('kv.get', key)).toThrow(/^kv\.get: the key /);
  });
});
