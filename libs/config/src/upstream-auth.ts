import { readFileSync } from 'node:fs';
import { tokenIn } from './backend-entry.js';
import type { Variables } from './backend-variables.js';
import { jwksUrlFault } from './jwks-url.js';
import { isUpstreamVariable } from './upstream-variables.js';
import type { UpstreamAuth, UpstreamSpec } from './upstreams-file.js';

type Kind = UpstreamAuth['kind'];
type Member = Exclude<keyof UpstreamAuth, 'kind'>;

/** Which members go with which kind. Of those with a `|` one is required, and no more than one. */
const MEMBERS: Readonly<Record<Kind, { readonly required: readonly string[]; readonly optional: readonly Member[] }>> =
  {
    none: { required: [], optional: [] },
    bearer: { required: ['value_env|value_file'], optional: [] },
    header: { required: ['name', 'value_env|value_file'], optional: [] },
    query: { required: ['name', 'value_env|value_file'], optional: [] },
    client_credentials: {
      required: ['client_id', 'client_secret_env|client_secret_file'],
      optional: ['issuer', 'token_url', 'scopes', 'audience'],
    },
    token_exchange: {
      required: ['client_id', 'client_secret_env|client_secret_file'],
      optional: ['issuer', 'token_url', 'scopes', 'audience'],
    },
    user: { required: [], optional: ['issuer', 'client_id', 'client_secret_env', 'client_secret_file', 'scopes'] },
  };

/** What MCP and HTTP say in headers of their own: a credential in one of them would break every call. */
const TAKEN =
  /^(?:accept|accept-encoding|connection|content-(?:length|type|encoding)|expect|host|keep-alive|last-event-id|mcp-.*|te|trailer|traceparent|tracestate|transfer-encoding|upgrade|x-request-id)$/i;

/** Printable, with no space around it: what a header can carry as it is. */
const PRINTABLE = /^[!-~](?:[ -~]{0,8190}[!-~])?$/;

/** Where a secret is: in the environment, or in a file that is read again when it changes. */
export type SecretPlace = { readonly value: string } | { readonly file: string };

/** What of an entry is a secret. */
export type SecretMember = 'value' | 'client_secret';

/** The secret in a text, which may end with a line break; undefined where it holds none that can be sent. */
export function secretIn(kind: Kind, text: string): string | undefined {
  if (kind === 'bearer') return tokenIn(text);
  const secret = text.trim();
  return PRINTABLE.test(secret) ? secret : undefined;
}

/** @returns undefined where the entry names none, or what it names is not set */
export function secretPlace(auth: UpstreamAuth, member: SecretMember, variable: Variables): SecretPlace | undefined {
  const name = auth[`${member}_env`];
  const file = auth[`${member}_file`] ?? (name !== undefined ? variable(`${name}_FILE`) : undefined);
  const value = name === undefined ? undefined : variable(name);
  if (value !== undefined) return { value };
  return file === undefined ? undefined : { file };
}

/** What is wrong with what an upstream is shown, each fault with the member's name before it. */
export function authFaults(
  spec: Exclude<UpstreamSpec, { kind: 'stdio' }>,
  address: string | undefined,
  variable: Variables,
): string[] {
  const { auth } = spec;
  if (auth === undefined || auth.kind === 'none') return auth === undefined ? [] : memberFaults(auth);
  const faults = [...memberFaults(auth), ...serverFaults(auth), ...headerFaults(auth)];
  for (const member of ['value', 'client_secret'] as const) {
    faults.push(...secretFaults(auth, member, spec.origin, variable));
  }
  if (address !== undefined && URL.canParse(address) && jwksUrlFault(address) !== undefined) {
    faults.push('auth is not sent in the clear: the address must be https, unless it is this machine');
  }
  if (auth.kind === 'user' && spec.name === 'callback') {
    faults.push('auth.kind user is not for an upstream of this name: /connect/callback is where users come back to');
  }
  return faults;
}

function memberFaults(auth: UpstreamAuth): string[] {
  const { required, optional } = MEMBERS[auth.kind];
  const allowed = new Set<string>([...required.flatMap((names) => names.split('|')), ...optional]);
  const given = Object.keys(auth).filter((name) => name !== 'kind' && auth[name as Member] !== undefined);
  const faults = given
    .filter((name) => !allowed.has(name))
    .map((name) => `auth.${name} does not go with kind ${auth.kind}`);
  const pairs = auth.kind === 'user' ? ['client_secret_env|client_secret_file'] : required;
  for (const names of pairs) {
    const either = names.split('|');
    const count = either.filter((name) => given.includes(name)).length;
    if (count > 1) faults.push(`auth.${either.join(` and auth.`)} exclude each other`);
    if (count === 0 && required.includes(names)) {
      faults.push(`auth.${either.join(' or auth.')} is required by kind ${auth.kind}`);
    }
  }
  return faults;
}

function serverFaults({ kind, issuer, token_url, client_id, ...auth }: UpstreamAuth): string[] {
  const faults: string[] = [];
  const isAtServer = kind === 'client_credentials' || kind === 'token_exchange';
  if (isAtServer && issuer === undefined && token_url === undefined) {
    faults.push(`auth.issuer or auth.token_url is required by kind ${kind}`);
  }
  for (const [member, text] of Object.entries({ issuer, token_url })) {
    if (text === undefined) continue;
    const fault = jwksUrlFault(text);
    if (fault !== undefined) faults.push(`auth.${member} ${fault}`);
    else if (/[?#]/.test(text) && member === 'issuer') faults.push('auth.issuer must not have a query or a fragment');
    else if (text.includes('#')) faults.push(`auth.${member} must not have a fragment`);
  }
  if (client_id !== undefined && !PRINTABLE.test(client_id)) faults.push('auth.client_id must be printable');
  const hasSecret = auth.client_secret_env !== undefined || auth.client_secret_file !== undefined;
  if (kind === 'user' && hasSecret && client_id === undefined) {
    faults.push('auth.client_id is required beside a client secret');
  }
  return faults;
}

const headerFaults = ({ kind, name }: UpstreamAuth): string[] =>
  kind === 'header' && name !== undefined && TAKEN.test(name)
    ? [`auth.name ${name} is a header of the protocol's own`]
    : [];

function secretFaults(
  auth: UpstreamAuth,
  member: SecretMember,
  origin: UpstreamSpec['origin'],
  variable: Variables,
): string[] {
  const name = auth[`${member}_env`];
  const file = auth[`${member}_file`];
  // Whoever may name a file could have any file of this machine sent to an address of its own.
  if (file !== undefined && origin === 'admin') return [`auth.${member}_file is for config/upstreams.yaml only`];
  if (file !== undefined) return fileFaults(auth.kind, `auth.${member}_file`, file);
  if (name === undefined) return [];
  const said = `auth.${member}_env`;
  if (!isUpstreamVariable(name)) return [`${said} must be a variable whose name begins with UPSTREAM_`];
  const value = variable(name);
  const other = variable(`${name}_FILE`);
  if (value !== undefined && other !== undefined) return [`${said}: ${name} and ${name}_FILE are both set`];
  if (value !== undefined) {
    return secretIn(auth.kind, value) === undefined ? [`${said}: ${name} holds nothing that can be sent`] : [];
  }
  if (other !== undefined) return fileFaults(auth.kind, `${said}: ${name}_FILE`, other);
  return [`${said} names ${name}, which is not set`];
}

function fileFaults(kind: Kind, said: string, file: string): string[] {
  try {
    const secret = secretIn(kind, readFileSync(file, 'utf8'));
    return secret === undefined ? [`${said} names ${file}, which holds nothing that can be sent`] : [];
  } catch {
    return [`${said} names ${file}, which cannot be read`];
  }
}
