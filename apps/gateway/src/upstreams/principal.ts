import { hash } from 'node:crypto';
import type { Caller } from '#core/caller.js';

const known = new WeakMap<Caller, string>();

/** Stands for issuer, subject and tenant, whatever token they came with; says nothing of them. Empty: the gateway itself. */
export function principalOf(caller: Caller | undefined): string {
  if (!caller) return '';
  let principal = known.get(caller);
  if (principal === undefined) {
    const { issuer, subject, tenant } = caller;
    principal = hash('sha256', JSON.stringify([issuer, subject, tenant]), 'base64url').slice(0, 22);
    known.set(caller, principal);
  }
  return principal;
}
