import { hash } from 'node:crypto';

/** The argument that an administrator of dynamic tools may show the operator's token in. */
export const ADMIN_TOKEN_MEMBER = 'adminToken';

/** An escape may spell the name otherwise. */
const ESCAPE = '\\u';

/** True where the body has to be read before it is known what of it may be hashed. */
export const mayHoldAdminToken = (bytes: Buffer): boolean =>
  bytes.includes(ADMIN_TOKEN_MEMBER) || bytes.includes(ESCAPE);

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
