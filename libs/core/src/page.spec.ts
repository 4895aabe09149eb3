import { describe, expect, it } from '@jest/globals';
import { InvalidCursor } from './core.errors.js';
import { decodeCursor, encodeCursor, toPage } from './page.js';

const ID = '019b7a5c-8000-7000-8000-000000000001';
const encoded = (text: string) => Buffer.from(text).toString('base64url');

describe('a cursor', () => {
  it.each([0, 1, 1_767_225_600_000, 999_999_999_999_999])('comes back as it went out: %d', (ms) => {
    expect(decodeCursor(encodeCursor({ ms, id: ID }))).toEqual({ ms, id: ID });
  });

  it.each([
    ['nothing', ''],
    ['text', 'next'],
    ['no base64', '!!!'],
    ['no id', encoded('1~')],
    ['no time', encoded(`~${ID}`)],
    ['a negative time', encoded(`-1~${ID}`)],
    ['a time with a fraction', encoded(`1.5~${ID}`)],
    ['a time that is too long', encoded(`1234567890123456~${ID}`)],
    ['a time with zeros before it', encoded(`007~${ID}`)],
    ['36 characters that are no UUID', encoded(`1~${'-'.repeat(36)}`)],
    ['more after the id', encoded(`1~${ID}x`)],
    ['a statement', encoded(`1~' or 1=1 --`)],
    ['another alphabet', Buffer.from(`1~${ID}`).toString('base64url').replace(/.$/, '$&=')],
    ['something between', encodeCursor({ ms: 1, id: ID }).replace(/^(..)/, '$1 ')],
    ['NUL', `${encodeCursor({ ms: 1, id: ID })}\u0000`],
  ])('is refused when it is %s', (_what, cursor) => expect(() => decodeCursor(cursor)).toThrow(InvalidCursor));

  it('is refused when a character of it is another', () => {
    const cursor = encodeCursor({ ms: 1_767_225_600_000, id: ID });
    for (let at = 0; at < cursor.length; at++) {
      const altered = `${cursor.slice(0, at)}~${cursor.slice(at + 1)}`;
      expect(() => decodeCursor(altered)).toThrow(InvalidCursor);
    }
  });
});

describe('toPage', () => {
  const rows = (count: number) => Array.from({ length: count }, (_unused, n) => ({ ms: n, id: ID }));

  it.each([
    ['none', 0, 0, null],
    ['fewer than a page', 2, 2, null],
    ['a full page', 3, 3, null],
    ['one row more', 4, 3, encodeCursor({ ms: 2, id: ID })],
  ])('%s', (_what, count, shown, next_cursor) => {
    expect(toPage(rows(count), 3, (row) => row)).toEqual({ items: rows(shown), next_cursor });
  });
});
