import { existsSync, readFileSync } from 'node:fs';
import {
  array,
  boolean,
  integer,
  maybe,
  number,
  object,
  oneOf,
  record,
  string,
  type ObjectSchema,
  type Static,
} from '#schema/schema.js';
import { OperatorFileError, parseOperatorFile } from './read-operator-file.js';
import { entryFaults } from './upstream-faults.js';
import type { Variables } from './backend-variables.js';
import { virtualServerFaults, VirtualServer, type VirtualServerSpec } from './virtual-servers.js';

const CLOSED = { additionalProperties: false } as const;
const Text = (max: number) => string({ minLength: 1, maxLength: max });
const Variable = string({ pattern: '^[A-Z][A-Z0-9_]{0,127}$' });
const Scopes = array(string({ pattern: '^[!#-[\\]-~]{1,128}$' }), { uniqueItems: true });
const Tier = oneOf(['bronze', 'silver', 'gold', 'enterprise']);
/** Names of tools with `*` for any run of characters. */
const Patterns = array(Text(128), { minItems: 1, uniqueItems: true });

/**
 * What an upstream is shown, and for whom. A secret never stands in the file: `*_env` names a variable (`X_FILE` may
 * stand for `X`), `*_file` a file that is read again when it changes.
 */
const Auth = object(
  {
    kind: oneOf(['none', 'bearer', 'header', 'query', 'client_credentials', 'token_exchange', 'user']),
    /** `header`: its name. `query`: the parameter's. */
    name: maybe(string({ pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$" })),
    /** `bearer`, `header`, `query`: the secret. */
    value_env: maybe(Variable),
    value_file: maybe(Text(1_024)),
    /** `client_credentials`, `token_exchange`, `user`: the authorisation server. `user`: discovered where it is not named. */
    issuer: maybe(Text(2_048)),
    /** In place of what the issuer's metadata say. */
    token_url: maybe(Text(2_048)),
    client_id: maybe(Text(512)),
    client_secret_env: maybe(Variable),
    client_secret_file: maybe(Text(1_024)),
    scopes: maybe(Scopes),
    /** RFC 8693 `audience`; RFC 8707 `resource` is the upstream's address. */
    audience: maybe(Text(512)),
  },
  CLOSED,
);
export type UpstreamAuth = Static<typeof Auth>;

/** What one tool, or those of a pattern, differ in. */
const ToolTerms = object(
  {
    tier: maybe(Tier),
    scopes: maybe(Scopes),
    timeout_seconds: maybe(number({ minimum: 0.05, maximum: 3_600 })),
    idempotent: maybe(boolean()),
    cache_seconds: maybe(integer({ minimum: 0, maximum: 86_400 })),
    max_result_bytes: maybe(integer({ minimum: 1_024, maximum: 8 * 1_024 * 1_024 })),
    concurrency: maybe(integer({ minimum: 1, maximum: 10_000 })),
  },
  CLOSED,
);

/** What every upstream may say, whatever its kind. */
const COMMON = {
  enabled: boolean({ default: true }),
  /** Before the names of its tools and prompts at `/mcp`, with `__` between; its own name unless told, none where empty. */
  prefix: maybe(string({ pattern: '^(?!.*__)(?:[A-Za-z0-9_.-]{0,31}[A-Za-z0-9.-])?$' })),
  description: maybe(Text(1_024)),
  /** Only these tenants see it; all do where it is left out. */
  tenants: maybe(array(Text(128), { minItems: 1, uniqueItems: true })),
  tier: oneOf(['bronze', 'silver', 'gold', 'enterprise'], { default: 'bronze' }),
  scopes: array(string({ pattern: '^[!#-[\\]-~]{1,128}$' }), { default: ['tools:call'], uniqueItems: true }),
  timeout_seconds: number({ minimum: 0.05, maximum: 3_600, default: 60 }),
  max_result_bytes: integer({ minimum: 1_024, maximum: 8 * 1_024 * 1_024, default: 262_144 }),
  /** Calls that run at once, per process; `1` for one that mixes up what it is doing. */
  concurrency: maybe(integer({ minimum: 1, maximum: 10_000 })),
  /** Tools that are offered: all of `allow` but those of `deny`. */
  allow: maybe(Patterns),
  deny: maybe(Patterns),
  /** By the tool's own name at the upstream, or a pattern; the first that fits counts. */
  tools: maybe(record(ToolTerms)),
  /**
   * Whether callers share one conversation with it or each principal has its own. `auto`: shared where the upstream is
   * of 2026-07-28, which keeps nothing, else one for each principal. Of a process (`stdio`): shared.
   */
  sessions: oneOf(['auto', 'shared', 'principal'], { default: 'auto' }),
  /** What becomes of a definition that has changed since it was approved: it waits, or is taken unless it can do more, or is taken. */
  on_change: oneOf(['quarantine', 'accept_harmless', 'accept'], { default: 'quarantine' }),
  /** Whether definitions that are seen for the first time are offered, or wait for approval. */
  on_first_sight: oneOf(['accept', 'quarantine'], { default: 'accept' }),
  /** True: `/readyz` is degraded while it is away. */
  required: boolean({ default: false }),
  /** True: `/mcp/u/<name>` shows tools to search with, instead of the tools. */
  search: boolean({ default: false }),
  /** What becomes of results: larger ones are kept as a resource; a `select` argument; equal ones told by reference. */
  results: maybe(
    object(
      {
        spill: boolean({ default: true }),
        select: boolean({ default: false }),
        deduplicate: boolean({ default: false }),
      },
      CLOSED,
    ),
  ),
  /** How often its lists are looked at while nobody tells of changes. */
  refresh_seconds: integer({ minimum: 1, maximum: 86_400, default: 300 }),
} as const;

const Remote = {
  url: maybe(Text(2_048)),
  url_env: maybe(Variable),
  auth: maybe(Auth),
  /** Sent along; secrets belong into `auth`. */
  headers: maybe(record(Text(4_096), { propertyNames: { pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$" } })),
  /** Of its pool. */
  connections: maybe(integer({ minimum: 1, maximum: 1_024 })),
} as const;

const Http = object(
  { ...COMMON, kind: oneOf(['http']), ...Remote, era: oneOf(['auto', 'modern', 'legacy'], { default: 'auto' }) },
  CLOSED,
);
const Sse = object({ ...COMMON, kind: oneOf(['sse']), ...Remote }, CLOSED);
const Stdio = object(
  {
    ...COMMON,
    kind: oneOf(['stdio']),
    command: Text(1_024),
    args: array(string({ maxLength: 4_096 }), { default: [] }),
    /** Its whole environment beside PATH, HOME, LANG, TMPDIR and where certificates are. */
    env: maybe(record(string({ maxLength: 8_192 }))),
    /** Variables of its environment, by the variable here that holds the value (`X_FILE` may stand for `X`). */
    env_from: maybe(record(Variable)),
    cwd: maybe(Text(1_024)),
    /**
     * Whether it is told the roots of whoever calls. Not unless told: they are folders of somebody else's machine, and
     * servers of files open what they are told, in place of what their operator allowed.
     */
    caller_roots: boolean({ default: false }),
    era: oneOf(['auto', 'modern', 'legacy'], { default: 'auto' }),
    /** Processes at most, where each principal has a conversation of its own. */
    max_processes: integer({ minimum: 1, maximum: 256, default: 8 }),
    /** A process that nobody has used for so long is ended, and started again when it is needed. 0: never. */
    idle_seconds: integer({ minimum: 0, maximum: 86_400, default: 0 }),
    /** Bytes of memory (`RLIMIT_AS`) … of each process. */
    max_memory_bytes: maybe(integer({ minimum: 16 * 1_024 * 1_024 })),
  },
  CLOSED,
);
const OpenApi = object(
  {
    ...COMMON,
    kind: oneOf(['openapi']),
    ...Remote,
    /** OpenAPI 3.0 or 3.1, JSON or YAML: a file, or an address. */
    document: Text(2_048),
    /** Operations that become tools, by `operationId`, or `GET /path`; patterns. All unless told. */
    operations: maybe(Patterns),
  },
  CLOSED,
);

const KINDS = { http: Http, sse: Sse, stdio: Stdio, openapi: OpenApi } as const;
export type UpstreamKind = keyof typeof KINDS;
export const UPSTREAM_KINDS = Object.keys(KINDS) as readonly UpstreamKind[];

interface Named {
  /** `[a-z][a-z0-9-]*`, at most 32. */
  readonly name: string;
  /** Who wrote it: an operator's file is trusted with addresses that the admin API is not. */
  readonly origin: 'file' | 'admin';
}
export type HttpUpstream = Named & Static<typeof Http>;
export type SseUpstream = Named & Static<typeof Sse>;
export type StdioUpstream = Named & Static<typeof Stdio>;
export type OpenApiUpstream = Named & Static<typeof OpenApi>;
/** One upstream as it is configured, defaults filled in, presets resolved. A changed one is another object. */
export type UpstreamSpec = HttpUpstream | SseUpstream | StdioUpstream | OpenApiUpstream;

const NAMES = { propertyNames: { pattern: '^[a-z][a-z0-9-]{0,31}$' } };

/** `config/upstreams.yaml`, before each upstream is held against the schema of its kind. */
export const UpstreamsFile = object(
  {
    upstreams: maybe(record(record(), NAMES)),
    virtual_servers: maybe(record(VirtualServer, NAMES)),
  },
  CLOSED,
);

export interface Federation {
  readonly upstreams: readonly UpstreamSpec[];
  readonly virtualServers: readonly VirtualServerSpec[];
}

/**
 * The upstreams and virtual servers of the file; none when there is no such file.
 * @param variable looks up what the file names
 * @throws OperatorFileError naming every fault
 */
export function readUpstreams(path: string, variable: Variables): Federation {
  if (!existsSync(path)) return { upstreams: [], virtualServers: [] };
  const { upstreams = {}, virtual_servers = {} } = parseOperatorFile(path, readFileSync(path, 'utf8'), UpstreamsFile);
  const faults: string[] = [];
  const specs = Object.entries(upstreams).flatMap(([name, entry]) => {
    const { spec, faults: found } = resolveUpstream(name, entry, 'file', variable);
    faults.push(...found.map((fault) => `upstreams.${name}.${fault}`));
    return spec ? [spec] : [];
  });
  const virtualServers = Object.entries(virtual_servers).map(([name, entry]) => {
    faults.push(...virtualServerFaults(entry).map((fault) => `virtual_servers.${name}.${fault}`));
    return { name, ...entry };
  });
  if (faults.length > 0) throw new OperatorFileError(path, faults);
  return { upstreams: specs, virtualServers };
}

/**
 * One entry, from the file or the admin API, with its preset and its defaults.
 * @returns `spec` where there is no fault; each fault begins with the member's name
 */
export function resolveUpstream(
  name: string,
  entry: Readonly<Record<string, unknown>>,
  origin: UpstreamSpec['origin'],
  variable: Variables,
): { readonly spec?: UpstreamSpec; readonly faults: readonly string[] } {
  return entryFaults(name, entry, origin, variable, KINDS as Readonly<Record<string, ObjectSchema>>);
}
