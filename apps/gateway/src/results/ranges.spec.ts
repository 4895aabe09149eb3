import { expect, it } from '@jest/globals';
import { readRange } from './ranges.js';

it.each([
  ['', { kind: 'whole' }],
  ['offset=5', { kind: 'characters', offset: 5, length: undefined }],
  ['offset=5&length=7', { kind: 'characters', offset: 5, length: 7 }],
  ['length=7', { kind: 'characters', offset: 0, length: 7 }],
  ['lines=10-200', { kind: 'lines', from: 10, to: 200 }],
  ['select=a%5B*%5D.b', { kind: 'select', expression: 'a[*].b' }],
])('%j', (query, range) => expect(readRange(query)).toEqual(range));

it.each([
  'offset=-1',
  'offset=x',
  'offset=1e9',
  'offset=99999999999',
  'length=0',
  'lines=0-5',
  'lines=5-4',
  'lines=5',
  'lines=a-b',
  'page=1',
  '__proto__=1',
  'offset=1&offset=2',
  'offset=1&lines=1-2',
  'select=a&length=1',
])('%j is not understood', (query) => expect(readRange(query)).toMatchObject({ code: 'range' }));
