import { object, type Static } from '#schema/schema.js';
import { CAPTURE } from './variables/capture.js';
import { CORE } from './variables/core.js';
import { DATABASE } from './variables/database.js';
import { DYNAMIC_TOOLS } from './variables/dynamic-tools.js';
import { IDENTITY } from './variables/identity.js';
import { LIMITS } from './variables/limits.js';
import { MCP } from './variables/mcp.js';
import { RECORDS } from './variables/records.js';
import { SERVER } from './variables/server.js';
import { TOOLS } from './variables/tools.js';
import { UPSTREAMS } from './variables/upstreams.js';

/**
 * Every variable that the gateway reads, declared once: its type, range, default and meaning. `load-config.ts` checks
 * an environment against it, `.env.example` and `.env.prod.example` are kept complete against it by a test. A variable
 * marked `secret` has no default and is never printed; `aliases` are its names in the systems that this one replaces.
 */
export const Env = object({
  ...SERVER,
  ...IDENTITY,
  ...LIMITS,
  ...DATABASE,
  ...CORE,
  ...RECORDS,
  ...TOOLS,
  ...UPSTREAMS,
  ...DYNAMIC_TOOLS,
  ...MCP,
  ...CAPTURE,
});

/** The environment once parsed: numbers are numbers, defaults are filled in. */
export type Config = Static<typeof Env>;

type VariableName = Extract<keyof Config, string>;

/** A variable as its declaration describes it. */
export interface Variable {
  readonly name: VariableName;
  readonly description: string;
  readonly default?: string | number | boolean;
  readonly secret: boolean;
  /** What `.env.prod.example` sets it to. */
  readonly production?: string;
  /** Other names, each with what its values mean here where they differ. */
  readonly aliases: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly optional: boolean;
  readonly type: string;
  readonly range?: string;
}

interface Declared {
  minimum?: number;
  maximum?: number;
  description: string;
  default?: string | number | boolean;
  secret?: boolean;
  production?: string;
  aliases?: readonly string[] | Readonly<Record<string, Readonly<Record<string, string>>>>;
  type?: string;
  enum?: readonly string[];
}

/** Every declared variable in order, for the documents and the tests that keep them complete. */
export const VARIABLES: readonly Variable[] = Object.entries(Env.properties).map(([name, schema]) => {
  const declared = schema as unknown as Declared;
  return {
    name: name as VariableName,
    description: declared.description,
    default: declared.default,
    secret: declared.secret === true,
    production: declared.production,
    aliases: aliasesOf(declared),
    optional: !Env.required.includes(name),
    type: declared.enum ? declared.enum.join(' | ') : (declared.type ?? 'string'),
    range: declared.minimum === undefined ? undefined : `${declared.minimum}–${declared.maximum}`,
  };
});

function aliasesOf({ aliases = [] }: Declared): Variable['aliases'] {
  return Array.isArray(aliases)
    ? Object.fromEntries((aliases as readonly string[]).map((alias) => [alias, {}]))
    : (aliases as Variable['aliases']);
}
