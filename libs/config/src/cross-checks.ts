import { adminTokenFaults } from './admin-token-faults.js';
import { parseAllowedHosts } from './allowed-hosts.js';
import { VARIABLES } from './env.js';
import { isLoopback, jwksUrlFault } from './jwks-url.js';
import { parseNetworks } from './networks.js';
import { originFaults } from './origins.js';
import { splitList } from './split-list.js';
import { readKeyPairFiles } from './tls-files.js';

/** An environment under our own names, before it is known to be right. */
export type Settings = Record<string, unknown>;

/** The embedded PostgreSQL takes 100 connections: the pool's, 3 for processing, those that listen, and an operator's own. */
const EMBEDDED_POOL_LIMIT = 30;

/** Words of examples and of first attempts. */
const EXAMPLE_WORDS =
  /change[-_ ]?(?:me|this)|example|placeholder|your[-_ ]?(?:secret|key|token)|replace[-_ ]?(?:me|this)/i;

/** A random key of 32 characters holds more different ones than this. */
const LEAST_DISTINCT = 10;

/** Characters of a key that is one of several; one alone is held to this by its declaration. */
const LEAST_KEY_LENGTH = 32;

/** Secrets that anybody could guess, or that stand in a public file. */
export function weakSecrets(given: Settings): string[] {
  return VARIABLES.filter(({ secret }) => secret).flatMap(({ name }) => {
    const value = given[name];
    if (typeof value !== 'string') return [];
    const word = EXAMPLE_WORDS.exec(withoutHost(value))?.[0];
    if (word !== undefined) return [`${name} still holds an example's ${JSON.stringify(word)}`];
    const isKey = /_(?:KEY|TOKEN)$/.test(name);
    if (isKey && new Set(value).size < LEAST_DISTINCT) return [`${name} is too easy to guess`];
    return [];
  });
}

/** Of an address only its user and password are secret: a host may well be called example.com. */
const withoutHost = (value: string): string => (/^\w+:\/\//.test(value) ? (/\/\/(.*)@/.exec(value)?.[1] ?? '') : value);

const LISTS = ['AUTH_REQUIRED_SCOPES', 'TRUSTED_PROXIES', 'CORS_ORIGINS', 'UPSTREAM_ALLOWED_HOSTS'] as const;

/** The variables that name one issuer, together. */
const ISSUER = ['AUTH_JWKS_URL', 'AUTH_ISSUER', 'AUTH_AUDIENCE'] as const;

/** A scope goes into a header, between quotes: RFC 6749 §3.3. */
const SCOPE = /^[!#-[\]-~]+$/;

/** What only matters once tokens are asked for. */
function ofTokens(given: Settings): string[] {
  if (given['AUTH_MODE'] !== 'jwt') return [];
  const faults = ISSUER.some((name) => given[name] !== undefined)
    ? ISSUER.filter((name) => given[name] === undefined).map(
        (name) => `${name} is required beside the others of its issuer`,
      )
    : [];
  const url = given['AUTH_JWKS_URL'];
  const fault = typeof url === 'string' ? jwksUrlFault(url) : undefined;
  if (fault !== undefined) faults.push(`AUTH_JWKS_URL ${fault}`);
  const scopes = splitList(given['AUTH_REQUIRED_SCOPES'] as string | undefined);
  if (!scopes.every((scope) => SCOPE.test(scope))) faults.push('AUTH_REQUIRED_SCOPES holds what cannot be a scope');
  return faults;
}

/** What one declaration cannot say: variables that need each other. */
export function acrossVariables(given: Settings): string[] {
  const faults: string[] = [];
  const missing = (names: readonly string[], why: string) => {
    for (const name of names) if (given[name] === undefined) faults.push(`${name} is required ${why}`);
  };
  if (given['ACHILLES_CORE'] === 'remote')
    missing(['ACHILLES_BASE_URL', 'ACHILLES_API_KEY'], 'when ACHILLES_CORE=remote');
  if (given['AUTH_MODE'] === 'jwt') missing(['AUDIT_HMAC_KEY'], 'when AUTH_MODE=jwt');
  faults.push(...ofTokens(given));
  if (given['AUTH_MODE'] === 'none' && !isLoopback(String(given['HOST']))) {
    faults.push(`HOST=${String(given['HOST'])} is open to others: it needs AUTH_MODE=jwt`);
  }
  if (Number(given['WORKERS']) > 1) missing(['DATABASE_URL', 'REDIS_URL'], 'when WORKERS is more than 1');
  // A process with a key of its own knows no session of the others.
  if (given['REDIS_URL'] !== undefined) missing(['SESSION_KEY'], 'when several processes share REDIS_URL');
  faults.push(...ringFaults(given));
  faults.push(...adminTokenFaults(given['MCP_ADMIN_TOKEN'], given['MCP_REQUIRE_ADMIN_TOKEN'] === true));
  const tls = given['TLS_ENABLED'] ?? (given['TLS_CERT_PATH'] !== undefined || given['TLS_KEY_PATH'] !== undefined);
  if (tls === true) {
    missing(['TLS_CERT_PATH', 'TLS_KEY_PATH'], 'for TLS');
    faults.push(...keyPairFaults(given));
  }
  for (const name of LISTS) {
    const list = given[name];
    if (typeof list === 'string' && splitList(list).length === 0) faults.push(`${name} is set, and lists nothing`);
  }
  faults.push(
    ...listed(given, 'TRUSTED_PROXIES', (entries) => parseNetworks(entries).faults),
    ...listed(given, 'CORS_ORIGINS', originFaults),
    ...listed(given, 'UPSTREAM_ALLOWED_HOSTS', (entries) => parseAllowedHosts(entries).faults),
  );
  if (given['DATABASE_URL'] === undefined && Number(given['DATABASE_POOL_SIZE']) > EMBEDDED_POOL_LIMIT) {
    faults.push(`DATABASE_POOL_SIZE must be at most ${EMBEDDED_POOL_LIMIT} with the embedded PostgreSQL`);
  }
  if (Number(given['MAX_EVENT_BYTES']) > Number(given['MAX_BATCH_BYTES'])) {
    faults.push('MAX_EVENT_BYTES must not be larger than MAX_BATCH_BYTES');
  }
  return faults;
}

const RINGS = ['SESSION_KEY', 'VAULT_KEY'] as const;

/** Each key of a ring opens what was sealed with it: one weak key is as bad as none. */
function ringFaults(given: Settings): string[] {
  return RINGS.flatMap((name) => {
    const ring = given[name];
    const keys = typeof ring === 'string' ? splitList(ring) : [];
    if (keys.some((key) => key.length < LEAST_KEY_LENGTH)) {
      return [`${name} holds a key of fewer than ${LEAST_KEY_LENGTH} characters`];
    }
    return keys.some((key) => new Set(key).size < LEAST_DISTINCT) ? [`${name} holds a key that is easy to guess`] : [];
  });
}

/** What is wrong with the entries of a list, by the variable's name. */
function listed(given: Settings, name: string, faultsOf: (entries: readonly string[]) => readonly string[]): string[] {
  const list = given[name];
  return typeof list === 'string' ? faultsOf(splitList(list)).map((fault) => `${name}: ${fault}`) : [];
}

function keyPairFaults({ TLS_CERT_PATH, TLS_KEY_PATH }: Settings): string[] {
  if (typeof TLS_CERT_PATH !== 'string' || typeof TLS_KEY_PATH !== 'string') return [];
  try {
    readKeyPairFiles(TLS_CERT_PATH, TLS_KEY_PATH);
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}
