import { describe, expect, it } from '@jest/globals';
import { ADMIN_TOKEN_MEMBER, hashOfBody, mayHoldAdminToken } from './admin-token-member.js';

const hexOf = (letter: string) => letter.charCodeAt(0).toString(16).padStart(4, '0');

describe('a body that may hold the admin token', () => {
  it.each(Array.from(ADMIN_TOKEN_MEMBER, (letter, at) => [letter, at] as const))(
    'has its name in it, also with its %s spelled otherwise (%d)',
    (letter, at) => {
      for (const hex of [hexOf(letter), hexOf(letter).toUpperCase()]) {
        const text = `{"${ADMIN_TOKEN_MEMBER.slice(0, at)}\\u${hex}${ADMIN_TOKEN_MEMBER.slice(at + 1)}":1}`;
        expect([JSON.parse(text), mayHoldAdminToken(Buffer.from(text))]).toEqual([{ [ADMIN_TOKEN_MEMBER]: 1 }, true]);
      }
    },
  );

  it.each(['{"text":"\\u001b[31mno\\u001b[0m"}', '{"text":"\\u00e9\\u2019\\ud83d\\ude00\\u0000"}', '{"a":"b"}'])(
    'is not %s, which is hashed as it came',
    (text) => expect(mayHoldAdminToken(Buffer.from(text))).toBe(false),
  );

  it('has one hash, whatever token it shows', () => {
    const hashed = (body: object) => hashOfBody(Buffer.from(JSON.stringify(body)), body);
    expect(hashed({ a: { adminToken: 'x' } })).toBe(hashed({ a: { adminToken: 'y' } }));
    expect(hashed({ a: { adminToken: 'x' } })).not.toBe(hashed({ b: { adminToken: 'x' } }));
  });
});
