import { hash } from 'node:crypto';
import type { Caller } from './caller.js';

const LENGTH = 22;

const known = new WeakMap<Caller, string>();

/**
 * Who somebody is, whatever token it came with: 22 characters that stand for issuer, subject and tenant and say nothing of
 * them. Tokens are renewed in the middle of a session.
 */
export function principalOf(caller: Caller): string {
  let principal = known.get(caller);
  if (principal === undefined) {
    const { issuer, subject, tenant } = caller;
    principal = hash('sha256', JSON.stringify([issuer, subject, tenant]), 'base64url').slice(0, LENGTH);
    known.set(caller, principal);
  }
  return principal;
}
