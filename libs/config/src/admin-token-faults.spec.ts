import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { adminTokenFaults } from './admin-token-faults.js';

const GUESSED = ['MCP_ADMIN_TOKEN is one of those that are guessed first'];

describe('an admin token', () => {
  it.each([
    ['of one word', 'my-own-admin-0f9K2mXz4Lw8Rt1Yp6Ns'],
    ['of that word in capitals', 'ADMIN0f9K2mXz4Lw8Rt1Yp6NsQ7vB3cHu'],
    ['with a password in it', '0f9K2mXz4Lw8-Passw0rd-password-x1'],
    ['of one letter', 'a'.repeat(64)],
    ['of a few letters again and again', 'x7Qp2'.repeat(8)],
    ['of a block again and again, cut short', 'x7Qp2mZr9Lw4Kt1B'.repeat(3).slice(0, 41)],
    ['of the digits in order', '01234567890123456789012345678901'],
    ['of the letters in order', 'abcdefghijklmnopqrstuvwxyzABCDEFGH'],
    ['of the letters from the end', 'zyxwvutsrqponmlkjihgfedcba9876543210'],
    ['of the keyboard', 'qwertyuiopasdfghjklzxcvbnm!X7Q0pL'],
    ['of pairs', 'aabbccddeeffgghhiijjkkllmmnnoopp'],
  ])('%s is refused', (_what, token) => expect(adminTokenFaults(token, false)).toEqual(GUESSED));

  it.each([
    ['a space', 'K7vQ2m9Xz4Lw8Rt1 Yp6Ns3Jd5Hf0Gb7Ca'],
    ['a line break', 'K7vQ2m9Xz4Lw8Rt1Yp6Ns3Jd5Hf0Gb7Ca\n'],
    ['a letter beyond ASCII', 'K7vQ2m9Xz4Lw8Rt1Yp6Ns3Jd5Hf0Gb7Cä'],
  ])('with %s is refused', (_what, token) => {
    expect(adminTokenFaults(token, false)).toEqual(['MCP_ADMIN_TOKEN holds what a header cannot carry']);
  });

  it('that is random is taken, however it is spelled', () => {
    for (const encoding of ['hex', 'base64', 'base64url'] as const) {
      for (let i = 0; i < 300; i++) expect(adminTokenFaults(randomBytes(32).toString(encoding), true)).toEqual([]);
    }
  });

  it('is asked for where it is said to be', () => {
    expect(adminTokenFaults(undefined, false)).toEqual([]);
    expect(adminTokenFaults(undefined, true)).toHaveLength(1);
  });
});
