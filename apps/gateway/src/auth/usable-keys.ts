import { createPublicKey, type KeyObject } from 'node:crypto';
import type { SigningKey } from 'jwks-rsa';
import type { Algorithm } from './raw-token.js';

const LEAST_RSA_BITS = 2_048;
const LEAST_RSA_EXPONENT = 65_537n;

interface Jwk {
  readonly kid?: unknown;
  readonly kty?: unknown;
  readonly alg?: unknown;
  readonly use?: unknown;
  readonly key_ops?: unknown;
  readonly crv?: unknown;
}

/** How a key is found: a token of one algorithm never meets a key of another. */
export const placeOf = (algorithm: Algorithm, keyId: string): string => `${algorithm} ${keyId}`;

/** Whether a published key may verify tokens, from what its issuer says about it. Symmetric ones never. */
export function mayVerify(entry: unknown): boolean {
  if (typeof entry !== 'object' || entry === null) return false;
  const { kid, kty, alg, use, key_ops: operations, crv } = entry as Jwk;
  const fits = kty === 'RSA' ? [undefined, 'RS256'] : kty === 'EC' && crv === 'P-256' ? [undefined, 'ES256'] : [];
  return (
    typeof kid === 'string' &&
    kid !== '' &&
    fits.includes(alg as undefined) &&
    (use === undefined || use === 'sig') &&
    (operations === undefined || (Array.isArray(operations) && operations.includes('verify')))
  );
}

/** The keys that are strong enough, by algorithm and id. Of two with one name the first counts. */
export function usableKeys(keys: readonly SigningKey[]): Map<string, KeyObject> {
  const usable = new Map<string, KeyObject>();
  for (const { kid, getPublicKey } of keys) {
    const key = createPublicKey(getPublicKey());
    const algorithm = algorithmOf(key);
    if (algorithm === undefined) continue;
    const place = placeOf(algorithm, kid);
    if (!usable.has(place)) usable.set(place, key);
  }
  return usable;
}

function algorithmOf({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): Algorithm | undefined {
  const { modulusLength = 0, publicExponent = 0n, namedCurve } = details ?? {};
  if (type === 'rsa') {
    return modulusLength >= LEAST_RSA_BITS && publicExponent >= LEAST_RSA_EXPONENT ? 'RS256' : undefined;
  }
  return type === 'ec' && namedCurve === 'prime256v1' ? 'ES256' : undefined;
}
