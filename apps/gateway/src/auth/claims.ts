import type { Issuer } from '#config/issuers-file.js';
import { type Caller, type Tier, TIERS } from '#core/caller.js';
import { type RefusalReason, TokenRefused } from './refusal-reasons.js';

type Claims = Readonly<Record<string, unknown>>;

/** What a token that is believed says. */
export interface Verified {
  readonly caller: Caller;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
  /** What an auditor should know of it. */
  readonly flags?: readonly SecurityFlag[];
}

/** What is odd about a request that is served all the same. A closed set. */
export type SecurityFlag = 'unknown_tier';

const LONGEST_LIFETIME_SECONDS = 86_400;

/** Printable text: it stands in logs, records and rows. */
const NAME = /^(?=.*\S)[^\p{C}]{1,255}$/u;

/** A tenant is part of keys in Redis and of rows: nothing in it may separate. */
const TENANT = /^\w[\w.-]{0,127}$/;

/** Claims by which other kinds of tokens of the same issuer are known: what signs somebody in or out lets nobody in here. */
const FOREIGN = ['at_hash', 'c_hash', 's_hash', 'events', 'logout_token'];
const FOREIGN_TYPES = new Set(['id', 'refresh', 'offline', 'logout']);

/**
 * Whom the claims of a token of this issuer, whose signature is right, speak for.
 * @param now seconds since the epoch, rounded down
 * @throws TokenRefused
 */
export function readClaims(claims: Claims, issuer: Issuer, now: number, tolerance: number): Verified {
  ensure(claims['iss'] === issuer.name, 'issuer_unknown');
  ensure(isMeantForUs(claims['aud'], issuer.audiences), 'audience_wrong');
  ensure(isAccessToken(claims), 'not_an_access_token');
  const expiresAt = checkTimes(claims, now, tolerance);
  const { sub, tier } = claims;
  if (typeof sub !== 'string' || !NAME.test(sub)) throw new TokenRefused('subject_refused');
  if (typeof tier !== 'string' || tier === '') throw new TokenRefused('tier_missing');
  const isKnownTier = (TIERS as readonly string[]).includes(tier);
  const client = [claims['client_id'], claims['azp']].find((name) => typeof name === 'string' && NAME.test(name));
  const caller: Caller = {
    issuer: issuer.name,
    subject: sub,
    tenant: tenantOf(claims, issuer),
    tier: isKnownTier ? (tier as Tier) : TIERS[0],
    scopes: scopesOf(claims),
    ...(client !== undefined && { client: client as string }),
  };
  return { caller: Object.freeze(caller), expiresAt, ...(!isKnownTier && { flags: ['unknown_tier'] }) };
}

function isMeantForUs(audience: unknown, ours: readonly string[]): boolean {
  const given: unknown[] = Array.isArray(audience) ? audience : [audience];
  return given.every((name) => typeof name === 'string') && given.some((name) => ours.includes(name));
}

function isAccessToken(claims: Claims): boolean {
  const { token_use: use, typ } = claims;
  return (
    !FOREIGN.some((name) => Object.hasOwn(claims, name)) &&
    (use === undefined || use === 'access') &&
    !(typeof typ === 'string' && FOREIGN_TYPES.has(typ.toLowerCase()))
  );
}

/** When it expires; all edges are exact to the second. */
function checkTimes({ exp, nbf, iat }: Claims, now: number, tolerance: number): number {
  const isTime = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  if (!isTime(exp)) throw new TokenRefused('time_malformed');
  ensure(nbf === undefined || isTime(nbf), 'time_malformed');
  ensure(iat === undefined || isTime(iat), 'time_malformed');
  ensure(now < exp + tolerance, 'expired');
  ensure(!isTime(nbf) || nbf <= now + tolerance, 'not_yet_valid');
  ensure(!isTime(iat) || iat <= now + tolerance, 'issued_in_future');
  ensure(exp <= now + LONGEST_LIFETIME_SECONDS, 'lifetime_too_long');
  return exp;
}

function tenantOf(claims: Claims, { tenantClaim, tenants }: Issuer): string {
  const tenant = Object.hasOwn(claims, tenantClaim) ? claims[tenantClaim] : undefined;
  if (typeof tenant !== 'string' || !TENANT.test(tenant)) throw new TokenRefused('tenant_refused');
  ensure(tenants === undefined || tenants.has(tenant), 'tenant_of_another_issuer');
  return tenant;
}

/** Issuers differ in the name and the form: text separated by spaces, or a list. The first name that is there counts. */
function scopesOf(claims: Claims): ReadonlySet<string> {
  const name = ['scope', 'scp', 'scopes'].find((candidate) => Object.hasOwn(claims, candidate));
  const given = name === undefined ? [] : claims[name];
  if (typeof given === 'string') return new Set(given.split(' ').filter((scope) => scope !== ''));
  if (Array.isArray(given) && given.every((scope) => typeof scope === 'string')) return new Set(given as string[]);
  throw new TokenRefused('scopes_malformed');
}

function ensure(holds: boolean, otherwise: RefusalReason): void {
  if (!holds) throw new TokenRefused(otherwise);
}
