import { describe, expect, it } from '@jest/globals';
import type { Caller } from '#core/caller.js';
import { looksLikeSessionToken, SessionTokens } from './session-token.js';

const EXPIRY = Date.UTC(2026, 0, 1);
const CALLER: Caller = {
  issuer: 'https://id.example',
  subject: 'ada',
  tenant: 'acme',
  tier: 'gold',
  scopes: new Set(['signals:write', 'insights:read']),
};
const tokens = new SessionTokens(Buffer.alloc(32, 7));
const token = tokens.issue(CALLER, 'engine', EXPIRY);
const body = Buffer.from(token.slice(4), 'base64url');
const spelled = (bytes: Buffer) => `ams_${bytes.toString('base64url')}`;

describe('SessionTokens', () => {
  it('reads back whom the token speaks for, and nothing more', () => {
    expect(tokens.read(token, EXPIRY - 1)).toEqual({ ...CALLER, workspaceId: 'engine' });
    const workspaceId = 'ü \u0000 "}{';
    expect(tokens.read(tokens.issue(CALLER, workspaceId, EXPIRY), 0)).toEqual({ ...CALLER, workspaceId });
  });

  it('binds to the workspace of the handshake, not to one that the caller came with', () => {
    const again = tokens.issue({ ...CALLER, workspaceId: 'old' }, 'new', EXPIRY);
    expect(tokens.read(again, 0)?.workspaceId).toBe('new');
  });

  it('expires to the millisecond', () => {
    expect(tokens.read(token, EXPIRY - 1)).toBeDefined();
    expect(tokens.read(token, EXPIRY)).toBeUndefined();
    expect(tokens.read(token, EXPIRY + 1)).toBeUndefined();
  });

  it('is understood by a replica with the same key, and by no other', () => {
    expect(new SessionTokens(Buffer.alloc(32, 7)).read(token, 0)).toBeDefined();
    expect(new SessionTokens(Buffer.alloc(32, 8)).read(token, 0)).toBeUndefined();
  });

  it('tells nothing of what it carries, and is never the same twice', () => {
    expect(body.toString('latin1')).not.toMatch(/ada|acme|engine|example/);
    expect(tokens.issue(CALLER, 'engine', EXPIRY)).not.toBe(token);
  });

  it('is refused when any bit of it was flipped', () => {
    for (let at = 0; at < body.length; at++) {
      for (let bit = 1; bit < 256; bit <<= 1) {
        const altered = Buffer.from(body);
        altered[at]! ^= bit;
        expect(tokens.read(spelled(altered), 0)).toBeUndefined();
      }
    }
  });

  it('is refused when any character of it is another', () => {
    for (let at = 0; at < token.length; at++) {
      for (const other of ['A', 'B', '_', '-', '=', ' ', 'é']) {
        if (token[at] === other) continue;
        expect(tokens.read(token.slice(0, at) + other + token.slice(at + 1), 0)).toBeUndefined();
      }
    }
  });

  it('is refused at every other length', () => {
    for (let length = 0; length < token.length; length++) {
      expect(tokens.read(token.slice(0, length), 0)).toBeUndefined();
      expect(tokens.read(spelled(body.subarray(0, length)), 0)).toEqual(
        length < body.length ? undefined : expect.anything(),
      );
    }
    for (const more of ['A', '=', ' ', '\n', token]) expect(tokens.read(token + more, 0)).toBeUndefined();
  });

  it.each(['', 'ams_', 'ams_!', 'AMS_abc', token.slice(4), ` ${token}`, 'ams_' + 'A'.repeat(100)])(
    'is refused when it is %j',
    (text) => expect(tokens.read(text, 0)).toBeUndefined(),
  );
});

it.each([
  ['ams_x', true],
  ['ams_', true],
  ['AMS_x', false],
  [' ams_x', false],
  ['eyJhbGciOi', false],
  ['', false],
])('looksLikeSessionToken(%j) is %p', (text, expected) => expect(looksLikeSessionToken(text)).toBe(expected));
