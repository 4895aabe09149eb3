import { hash } from 'node:crypto';

/** The argument that an administrator of dynamic tools may show the operator's token in. */
export const ADMIN_TOKEN_MEMBER = 'adminToken';

/**
 * An escape may spell one of its letters otherwise: T is U+0054, each of the others U+006x. No serialiser escapes letters;
 * what it does escape stands in many bodies of events, and none of those is to be read twice.
 */
const SPELLINGS = [ADMIN_TOKEN_MEMBER, '\\u006', '\\u0054'];

/** True where the body has to be read before it is known what of it may be hashed. */
export const mayHoldAdminToken = (bytes: Buffer): boolean => SPELLINGS.some((text) => bytes.includes(text));

/** SHA-256 of a body for records; without the admin tokens in it, wherever they stand: nobody can try tokens against it. */
export function hashOfBody(bytes: Buffer, value: unknown): string {
  let found = false;
  const rest = JSON.stringify(value, (name, member: unknown) => {
    if (name !== ADMIN_TOKEN_MEMBER) return member;
    found = true;
    return undefined;
  });
  return hash('sha256', found ? rest : bytes);
}
