import { createHash } from 'node:crypto';
import type { Caller } from '#core/caller.js';

const known = new WeakMap<Caller, string>();

/** Who a result belongs to, whatever token it came with: stands for issuer, subject and tenant. */
export function ownerOf(caller: Caller): string {
  let owner = known.get(caller);
  if (owner === undefined) {
    const { issuer, subject, tenant } = caller;
    const name = JSON.stringify([issuer, subject, tenant]);
    owner = createHash('sha256').update(name).digest().subarray(0, 16).toString('base64url');
    known.set(caller, owner);
  }
  return owner;
}
