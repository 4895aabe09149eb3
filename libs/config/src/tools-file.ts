import { existsSync, readFileSync } from 'node:fs';
import { array, boolean, integer, maybe, number, object, oneOf, record, string, type Static } from '#schema/schema.js';
import { backendFaults, resolveBackend } from './backend-entry.js';
import type { Variables } from './backend-variables.js';
import { OperatorFileError, parseOperatorFile } from './read-operator-file.js';
import { toolFaults } from './tool-faults.js';

const CLOSED = { additionalProperties: false } as const;

/** A backend: `url` or the variable that holds it, and the token that it is shown, which never stands in the file. */
const BackendEntry = object(
  {
    url: maybe(string({ minLength: 1, maxLength: 2_048 })),
    url_env: maybe(string({ minLength: 1, maxLength: 128 })),
    token_env: maybe(string({ minLength: 1, maxLength: 128 })),
    token_file: maybe(string({ minLength: 1, maxLength: 1_024 })),
    connections: maybe(integer({ minimum: 1, maximum: 1_024 })),
  },
  CLOSED,
);
export type BackendEntry = Static<typeof BackendEntry>;

const Annotations = object(
  {
    title: maybe(string({ minLength: 1, maxLength: 128 })),
    readOnlyHint: maybe(boolean()),
    destructiveHint: maybe(boolean()),
    idempotentHint: maybe(boolean()),
    openWorldHint: maybe(boolean()),
  },
  CLOSED,
);

const ToolEntry = object(
  {
    title: maybe(string({ minLength: 1, maxLength: 128 })),
    description: string({ minLength: 1, maxLength: 4_096 }),
    tier: oneOf(['bronze', 'silver', 'gold', 'enterprise']),
    scopes: array(string({ pattern: '^[!#-[\\]-~]{1,128}$' }), { default: ['tools:call'], uniqueItems: true }),
    backend: string({ minLength: 1 }),
    method: oneOf(['GET', 'POST'], { default: 'POST' }),
    path: string({ minLength: 1, maxLength: 1_024 }),
    inputSchema: record(),
    outputSchema: maybe(record()),
    timeout_seconds: number({ minimum: 0.05, maximum: 3_600, default: 30 }),
    try_timeout_seconds: maybe(number({ minimum: 0.05, maximum: 3_600 })),
    idempotent: boolean({ default: false }),
    cache_seconds: integer({ minimum: 0, maximum: 86_400, default: 0 }),
    max_result_bytes: integer({ minimum: 1_024, maximum: 8 * 1_024 * 1_024, default: 262_144 }),
    concurrency: maybe(integer({ minimum: 1, maximum: 10_000 })),
    annotations: maybe(Annotations),
    checks: maybe(record(oneOf(['cypher-read-only', 'path']))),
    progress: boolean({ default: false }),
  },
  CLOSED,
);
export type ToolEntry = Static<typeof ToolEntry>;

/** `config/tools.yaml`. */
export const ToolsFile = object(
  {
    backends: record(BackendEntry, { propertyNames: { pattern: '^[a-z][a-z0-9-]{0,39}$' } }),
    tools: record(ToolEntry, { propertyNames: { pattern: '^[A-Za-z0-9_./-]{1,64}$' } }),
  },
  CLOSED,
);
export type ToolsFile = Static<typeof ToolsFile>;

/** Where a backend is, and what it is shown. A token in a file is read by whoever uses it. */
export interface Backend {
  readonly name: string;
  readonly url: string;
  readonly token?: string;
  readonly tokenFile?: string;
  /** Of its pool. */
  readonly connections?: number;
}

/** The tools file once it is known to be right. */
export interface Catalogue {
  readonly backends: ReadonlyMap<string, Backend>;
  readonly tools: ReadonlyMap<string, ToolEntry>;
}

/** The last file that was right, by its text: a start reads it twice, and it costs 150 ms to check. */
let last: { readonly text: string; readonly file: ToolsFile } | undefined;

const EMPTY: ToolsFile = { backends: {}, tools: {} };

/**
 * The tools and their backends; none when there is no such file.
 * @param variable looks up what the file names
 * @throws OperatorFileError naming every fault
 */
export function readTools(path: string, variable: Variables): Catalogue {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  const isKnown = text === last?.text;
  const file = text === undefined ? EMPTY : isKnown ? last!.file : parseOperatorFile(path, text, ToolsFile);
  const backends = Object.entries(file.backends);
  const faults = backends.flatMap(([name, entry]) => at(`backends.${name}`, backendFaults(entry, variable)));
  if (!isKnown) faults.push(...faultsOfTools(file));
  if (faults.length > 0) throw new OperatorFileError(path, faults);
  if (text !== undefined) last = { text, file };
  return {
    backends: new Map(backends.map(([name, entry]) => [name, resolveBackend(name, entry, variable)])),
    tools: new Map(Object.entries(file.tools)),
  };
}

function faultsOfTools({ backends, tools }: ToolsFile): string[] {
  const named = new Set(Object.keys(backends));
  return Object.entries(tools).flatMap(([name, entry]) => at(`tools.${name}`, toolFaults(entry, named)));
}

const at = (place: string, faults: readonly string[]) => faults.map((fault) => `${place}.${fault}`);
