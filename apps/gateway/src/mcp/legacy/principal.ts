import { createHash } from 'node:crypto';
import type { Caller } from '#core/caller.js';

const known = new WeakMap<Caller, string>();

/**
 * Who somebody is, whatever token it came with: 22 characters that stand for issuer, subject and tenant. Tokens are
 * renewed in the middle of a session.
 */
export function principalOf(caller: Caller): string {
  let principal = known.get(caller);
  if (principal === undefined) {
    const { issuer, subject, tenant } = caller;
    const digest = createHash('sha256')
      .update(JSON.stringify([issuer, subject, tenant]))
      .digest();
    principal = digest.subarray(0, 16).toString('base64url');
    known.set(caller, principal);
  }
  return principal;
}
