import { TIERS } from '#core/caller.js';
import { SCOPES } from '#gateway/auth/scopes.js';
import {
  array,
  boolean,
  integer,
  maybe,
  nullable,
  object,
  oneOf,
  record,
  type Static,
  string,
} from '#schema/schema.js';

/** Of names that a tenant may give: also not beginning `dynamic.tool.`, and not another tool's. */
export const NAME_PATTERN = '^[a-zA-Z][a-zA-Z0-9._:-]{2,63}$';

export const ToolName = string({ pattern: NAME_PATTERN, description: 'Of the tool: 3–64 letters, digits and ._:-' });

export const ExpectedRevision = integer({
  minimum: 1,
  description: 'The revision that you have seen. When the tool is another by now, nothing is changed and you are told.',
});

export const DependencyModel = object(
  {
    name: string({ pattern: '^(@[a-z0-9~-][a-z0-9._~-]*/)?[a-z0-9~-][a-z0-9._~-]*$', maxLength: 214 }),
    version: string({ pattern: '^[0-9A-Za-z.^~<>=*| +-]{1,64}$' }),
  },
  { additionalProperties: false, description: 'An npm package, and which version.' },
);

/** What a tool asks of the gateway beside running. Nothing of it works before an administrator has granted it. */
export const HostFunctionsModel = object(
  {
    fetch: maybe(
      object(
        {
          hosts: array(string({ pattern: '^(\\*\\.)?[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[0-9]{1,5})?$' }), {
            minItems: 1,
            maxItems: 32,
          }),
        },
        {
          additionalProperties: false,
          description: 'fetch, of a URL and with options, of these hosts only; never of this network.',
        },
      ),
    ),
    callTool: maybe(
      object(
        { tools: array(string({ minLength: 1, maxLength: 64 }), { minItems: 1, maxItems: 32 }) },
        {
          additionalProperties: false,
          description: "callTool(name, arguments), of these tools, within the caller's own rights.",
        },
      ),
    ),
    kv: maybe(
      object(
        {},
        { additionalProperties: false, description: 'kv.get, kv.set, kv.delete, kv.list: values that the tool keeps.' },
      ),
    ),
  },
  { additionalProperties: false },
);

const written = {
  title: maybe(string({ minLength: 1, maxLength: 120 })),
  description: string({
    minLength: 1,
    maxLength: 4_000,
    description: 'For the model: what the tool does, and when to use it.',
  }),
  inputSchema: maybe(
    record(undefined, {
      description:
        'JSON Schema of the arguments, an object; they are held against it before the code runs. Without one the tool takes { args } with anything in it.',
    }),
  ),
  code: string({
    minLength: 1,
    maxLength: 200_000,
    description: 'The body of an async function of args. It returns any JSON value, or throws.',
  }),
  engine: maybe(
    oneOf(['wasm', 'docker'], {
      description: 'wasm (default): plain JavaScript, at once. docker: Node.js in a container, with npm packages.',
    }),
  ),
  image: maybe(string({ minLength: 1, maxLength: 256, description: 'Of the docker engine.' })),
  timeoutMs: maybe(integer({ minimum: 1_000, maximum: 300_000, description: 'Default: 30000.' })),
  dependencies: maybe(array(DependencyModel, { maxItems: 256 })),
  tier: maybe(oneOf(TIERS, { description: 'The lowest tier that sees it. Default: bronze.' })),
  scopes: maybe(
    array(oneOf(SCOPES), {
      maxItems: SCOPES.length,
      description: 'A caller sees it with all of these. Default: tools:call.',
    }),
  ),
  hostFunctions: maybe(HostFunctionsModel),
  enabled: maybe(boolean({ description: 'Default: true.' })),
};

/** A new tool. */
export const DynamicToolDraft = object({ name: ToolName, ...written }, { additionalProperties: false });
export type DynamicToolDraft = Static<typeof DynamicToolDraft>;

/** What is to be other about a tool; null takes an optional member away. */
export const DynamicToolPatch = object(
  {
    title: maybe(nullable(written.title)),
    description: maybe(written.description),
    inputSchema: maybe(nullable(written.inputSchema)),
    code: maybe(written.code),
    engine: written.engine,
    image: maybe(nullable(written.image)),
    timeoutMs: written.timeoutMs,
    dependencies: written.dependencies,
    tier: written.tier,
    scopes: written.scopes,
    hostFunctions: maybe(nullable(written.hostFunctions)),
    enabled: written.enabled,
  },
  { additionalProperties: false },
);
export type DynamicToolPatch = Static<typeof DynamicToolPatch>;

/** A tool as its tenant's administrators see it. */
export const DynamicToolRecord = object(
  {
    name: string(),
    title: maybe(string()),
    description: string(),
    inputSchema: maybe(record()),
    engine: oneOf(['wasm', 'docker']),
    image: maybe(string()),
    timeoutMs: integer(),
    dependencies: array(DependencyModel),
    tier: oneOf(TIERS),
    scopes: array(string()),
    hostFunctions: maybe(HostFunctionsModel),
    hostFunctionsGranted: boolean({ description: 'Whether an administrator has granted what it asks for.' }),
    enabled: boolean(),
    published: boolean({ description: 'Whether every tenant sees it.' }),
    revision: integer({ description: 'Grows with every change.' }),
    version: nullable(integer({ description: 'The version that is called; null: none is approved yet.' })),
    latestVersion: integer({ description: 'Newer than version while it waits for approval.' }),
    codeSizeBytes: integer(),
    codeSha256: string(),
    createdAt: string({ format: 'date-time' }),
    createdBy: string(),
    updatedAt: string({ format: 'date-time' }),
    updatedBy: string(),
    code: maybe(string()),
  },
  { $id: 'DynamicToolRecord' },
);
/** Without `code` unless it was asked for. It shows the latest version. */
export type DynamicToolRecord = Static<typeof DynamicToolRecord>;

/** One version, as the history shows it. */
export const DynamicToolVersion = object(
  {
    version: integer(),
    state: oneOf(['live', 'approved', 'pending']),
    codeSha256: string(),
    restored: maybe(integer({ description: 'The version that it went back to.' })),
    createdAt: string({ format: 'date-time' }),
    createdBy: string(),
    approvedAt: maybe(string({ format: 'date-time' })),
    approvedBy: maybe(string()),
  },
  { $id: 'DynamicToolVersion' },
);
export type DynamicToolVersion = Static<typeof DynamicToolVersion>;

/** `{ ok, result | error, durationMs, logs }`: of every run, of a tool or of code alone. */
export const RunResult = object(
  {
    ok: boolean(),
    result: maybe({ description: 'What the code returned: any JSON value.' }),
    error: maybe(object({ kind: string(), message: string() })),
    durationMs: integer(),
    logs: array(string(), { description: 'What it wrote to console.' }),
  },
  { $id: 'RunResult' },
);
