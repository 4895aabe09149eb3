import type { Config } from './env.js';
import { jwksUrlFault } from './jwks-url.js';
import { OperatorFileError, readOperatorFile } from './read-operator-file.js';
import { array, maybe, object, type Schema, type Static, string } from '#schema/schema.js';

/** In `tenants`: whichever tenant a token names. */
const ANY_TENANT = '*';

const Name = string({ minLength: 1, maxLength: 512, pattern: '^[^\\s\\p{C}]+$' });

const IssuerEntry = object(
  {
    issuer: Name,
    jwks_url: string({ minLength: 1, maxLength: 2_048 }),
    audience: { anyOf: [Name, array(Name, { minItems: 1, uniqueItems: true })] } as Schema<string | string[]>,
    tenant_claim: maybe(string({ minLength: 1, maxLength: 128 })),
    tenants: maybe(array(string({ pattern: '^(\\*|\\w[\\w.-]{0,127})$' }), { minItems: 1, uniqueItems: true })),
  },
  { additionalProperties: false },
);

/** `config/issuers.yaml`: who may give out tokens, beside AUTH_ISSUER. */
export const IssuersFile = object({ issuers: array(IssuerEntry, { minItems: 1 }) }, { additionalProperties: false });
export type IssuersFile = Static<typeof IssuersFile>;

/** Somebody whose tokens are taken. */
export interface Issuer {
  /** What the `iss` of a token must be, letter for letter. */
  readonly name: string;
  readonly jwksUrl: string;
  /** A token is meant for one of these. */
  readonly audiences: readonly string[];
  readonly tenantClaim: string;
  /** The tenants that it may speak for; undefined: any. */
  readonly tenants?: ReadonlySet<string>;
}

type IdentityConfig = Pick<
  Config,
  'AUTH_MODE' | 'AUTH_JWKS_URL' | 'AUTH_ISSUER' | 'AUTH_AUDIENCE' | 'AUTH_TENANT_CLAIM' | 'ISSUERS_FILE'
>;

/**
 * Everybody whose tokens are taken: AUTH_ISSUER, and those of the issuers file. None while AUTH_MODE=none.
 * @throws OperatorFileError naming every fault of the file.
 */
export function readIssuers(config: IdentityConfig): readonly Issuer[] {
  if (config.AUTH_MODE !== 'jwt') return [];
  const file = config.ISSUERS_FILE;
  const entries = readOperatorFile(file, IssuersFile)?.issuers ?? [];
  const issuers = [...fromEnvironment(config), ...entries.map((entry) => fromEntry(entry, config.AUTH_TENANT_CLAIM))];
  const isOneOfMany = issuers.length > 1;
  const faults = [
    ...entries.flatMap((entry, index) => faultsOf(entry, index, isOneOfMany)),
    ...together(issuers, config),
  ];
  if (faults.length > 0) throw new OperatorFileError(file, faults);
  return issuers;
}

function fromEnvironment(config: IdentityConfig): Issuer[] {
  const { AUTH_ISSUER: name, AUTH_JWKS_URL: jwksUrl, AUTH_AUDIENCE: audience } = config;
  if (name === undefined || jwksUrl === undefined || audience === undefined) return [];
  return [{ name, jwksUrl, audiences: [audience], tenantClaim: config.AUTH_TENANT_CLAIM }];
}

function fromEntry(entry: IssuersFile['issuers'][number], tenantClaim: string): Issuer {
  const { issuer, jwks_url, audience, tenant_claim = tenantClaim, tenants = [ANY_TENANT] } = entry;
  return {
    name: issuer,
    jwksUrl: jwks_url,
    audiences: [audience].flat(),
    tenantClaim: tenant_claim,
    ...(!tenants.includes(ANY_TENANT) && { tenants: new Set(tenants) }),
  };
}

/** Rows belong to tenants: where several issuers name tenants, each says which, or one could speak for another's. */
function faultsOf(entry: IssuersFile['issuers'][number], index: number, isOneOfMany: boolean): string[] {
  const url = jwksUrlFault(entry.jwks_url);
  return [
    ...(url === undefined ? [] : [`issuers.${index}.jwks_url ${url}`]),
    ...(isOneOfMany && entry.tenants === undefined
      ? [`issuers.${index}.tenants is required where there are several issuers; "${ANY_TENANT}" stands for any`]
      : []),
  ];
}

/** What no single entry can get wrong. */
function together(issuers: readonly Issuer[], config: IdentityConfig): string[] {
  // Half an issuer in the environment is a fault of its own.
  const hasHalf = (config.AUTH_ISSUER ?? config.AUTH_JWKS_URL ?? config.AUTH_AUDIENCE) !== undefined;
  if (issuers.length === 0 && !hasHalf) return ['is not there, and AUTH_ISSUER is not set: AUTH_MODE=jwt needs one'];
  const names = issuers.map(({ name }) => name);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...twice].map((name) => `the issuer ${name} is there more than once, AUTH_ISSUER included`);
}
