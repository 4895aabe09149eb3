import { type KeyLike, sign } from 'node:crypto';
import type { IdentityProvider, SigningKey } from './identity-provider.js';

type Members = Readonly<Record<string, unknown>>;

const encode = (part: unknown) =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

/** What a forger puts together. Text stands for a part that is written as it is; undefined members are left out. */
export interface Forgery {
  readonly header?: Members | string;
  readonly claims?: Members | string;
  readonly key?: SigningKey;
}

/** Seconds since the epoch. */
export const seconds = (milliseconds = Date.now()): number => Math.floor(milliseconds / 1_000);

/** The claims of a good token of this provider. */
export const goodClaims = (provider: IdentityProvider, now = seconds()) => ({
  iss: provider.issuer,
  aud: provider.audience,
  sub: 'ada',
  tenant: 'acme',
  tier: 'gold',
  scope: 'sessions:read sessions:write',
  iat: now,
  exp: now + 600,
});

/** A token that differs from a good one in what is given. Signed by the provider's own key unless another is given. */
export function forge(provider: IdentityProvider, { header = {}, claims = {}, key }: Forgery = {}): string {
  const signer = key ?? provider.keyFor('RS256');
  const head = typeof header === 'string' ? header : { typ: 'JWT', alg: signer.alg, kid: signer.kid, ...header };
  const body = typeof claims === 'string' ? claims : { ...goodClaims(provider), ...claims };
  return signText(`${encode(head)}.${encode(body)}`, signer);
}

/** Completes the first two parts of a token with the signature of this key. */
export const signText = (text: string, { privateKey }: { readonly privateKey: KeyLike }, hash = 'sha256'): string =>
  `${text}.${sign(hash, Buffer.from(text), { key: privateKey as never, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
