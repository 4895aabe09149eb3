import { describe, expect, it } from '@jest/globals';
import { byteaArray, float8Array, jsonbArray, textArray, timestamptzArray, uuidArray } from './binary-array.js';

/** One dimension; whether there are nulls; the element's type; the length; counted from 1. */
const header = (nulls: number, oid: number, length: number) =>
  [1, nulls, oid, length, 1].map((value) => value.toString(16).padStart(8, '0')).join('');
const NULL = 'ffffffff';

// The layout is that of array_send and array_recv in PostgreSQL's source.
describe('an array in binary form', () => {
  it.each<[string, Buffer, string]>([
    ['of text', textArray(['a', '', 'é😀']), `${header(0, 25, 3)}0000000161${'00000000'}00000006c3a9f09f9880`],
    ['with nulls', textArray([null, 'a', undefined]), `${header(1, 25, 3)}${NULL}0000000161${NULL}`],
    ['of nothing', textArray([]), header(0, 25, 0)],
    ['with a lone surrogate, as U+FFFD', textArray(['\ud800']), `${header(0, 25, 1)}00000003efbfbd`],
    ['of bytes', byteaArray(['00ff']), `${header(0, 17, 1)}0000000200ff`],
    [
      'of uuids',
      uuidArray(['019B7A5C-8000-7000-8000-000000000001']),
      `${header(0, 2950, 1)}00000010019b7a5c800070008000000000000001`,
    ],
    [
      'of times, before and after the year 2000',
      timestamptzArray([Date.UTC(2000, 0, 1) + 1, Date.UTC(2000, 0, 1) - 1]),
      `${header(0, 1184, 2)}0000000800000000000003e800000008fffffffffffffc18`,
    ],
    ['of numbers', float8Array([1, -0.5]), `${header(0, 701, 2)}000000083ff000000000000000000008bfe0000000000000`],
    ['of jsonb, with its version', jsonbArray(['{}']), `${header(0, 3802, 1)}00000003017b7d`],
  ])('%s', (_what, buffer, hex) => {
    expect(buffer.toString('hex')).toBe(hex);
  });
});
