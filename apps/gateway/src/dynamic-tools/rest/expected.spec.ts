import { expect, it } from '@jest/globals';
import { expectedOf } from './expected.js';

it.each<[string | undefined, number | undefined, number | undefined]>([
  [undefined, undefined, undefined],
  ['*', undefined, undefined],
  ['"3"', undefined, 3],
  [undefined, 4, 4],
  ['*', 4, 4],
  ['"4"', 4, 4],
])('If-Match %j and expectedRevision %j expect %j', (ifMatch, expectedRevision, expected) =>
  expect(expectedOf(ifMatch, { expectedRevision })).toBe(expected),
);

it.each([
  ['"3"', 4],
  ['3', undefined],
  ['W/"3"', undefined],
  ['"3", "4"', undefined],
  ['', undefined],
])('If-Match %j and expectedRevision %j are refused', (ifMatch, expectedRevision) =>
  expect(() => expectedOf(ifMatch, { expectedRevision })).toThrow(/must be/),
);
