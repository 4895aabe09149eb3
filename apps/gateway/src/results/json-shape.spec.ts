import { describe, expect, it } from '@jest/globals';
import { isEmpty, shapeOf } from './json-shape.js';

describe('shapeOf', () => {
  it.each([
    [5, 'JSON, number'],
    ['abc', 'JSON, text of 3 characters'],
    [null, 'JSON, null'],
    [[], 'JSON, list of 0. First:'],
    [[{ a: 1, b: 2 }, { a: 3 }, 4], 'JSON, list of 3, each with a, b. First:\n{"a":1,"b":2}\n{"a":3}'],
    [
      { a: 'xyz', b: null, c: [1, 2], d: { e: 1 }, f: [{ g: 1 }, { g: 2 }, { g: 3 }] },
      [
        'JSON, an object with 5 members:',
        '- a: text of 3 characters',
        '- b: null',
        '- c: list of 2',
        '- d: object (e)',
        '- f: list of 3, each with g',
        'First of the longest list:',
        '{"g":1}',
        '{"g":2}',
      ].join('\n'),
    ],
    [{}, 'JSON, an object with 0 members:'],
  ])('%j', (value, shape) => expect(shapeOf(value)).toBe(shape));

  it.each([
    ['members', Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`m${i}`, i]))],
    ['long names', { ['n'.repeat(100_000)]: { ['o'.repeat(100_000)]: 1 } }],
    ['long items', ['x'.repeat(1_000_000), { a: 'y'.repeat(1_000_000) }]],
    ['wide items', [Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`m${i}`, [i]]))]],
  ])('stays short, whatever %s there are', (_what, value) => expect(shapeOf(value).length).toBeLessThan(8_000));
});

it.each([
  [null, true],
  [[], true],
  [{}, true],
  [0, false],
  ['', false],
  [false, false],
  [[null], false],
])('isEmpty(%j) is %s', (value, empty) => expect(isEmpty(value)).toBe(empty));
