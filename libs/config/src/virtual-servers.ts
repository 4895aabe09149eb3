import { Ajv } from 'ajv';
import { OWN_SCHEMAS_UNOPTIMIZED } from '#schema/own-schemas.js';
import { array, boolean, maybe, object, record, string, type Static } from '#schema/schema.js';

const CLOSED = { additionalProperties: false } as const;
const Text = (max: number) => string({ minLength: 1, maxLength: max });

/** One tool of a virtual server: which one, and what is different about it there. */
export const VirtualTool = object(
  {
    /** As it is named at `/mcp`; patterns, where nothing else is said about it. */
    tool: Text(128),
    as: maybe(string({ pattern: '^[A-Za-z0-9_./-]{1,64}$' })),
    title: maybe(Text(128)),
    description: maybe(Text(4_096)),
    /** Arguments that are filled in where the caller leaves them out; no longer required. */
    defaults: maybe(record()),
    /** Arguments that are always so; the caller does not see them. */
    fixed: maybe(record()),
  },
  CLOSED,
);

export const VirtualServer = object(
  {
    title: maybe(Text(128)),
    description: maybe(Text(4_096)),
    tenants: maybe(array(Text(128), { minItems: 1, uniqueItems: true })),
    tools: array(VirtualTool, { minItems: 1, maxItems: 1_000 }),
    /** Upstreams whose resources and prompts are there too. */
    resources: maybe(array(Text(64), { uniqueItems: true })),
    prompts: maybe(array(Text(64), { uniqueItems: true })),
    search: boolean({ default: false }),
  },
  CLOSED,
);
export type VirtualToolEntry = Static<typeof VirtualTool>;
export type VirtualServerEntry = Static<typeof VirtualServer>;
export type VirtualServerSpec = VirtualServerEntry & { readonly name: string };

const ajv = new Ajv({ ...OWN_SCHEMAS_UNOPTIMIZED, allErrors: true, useDefaults: true });

/** True where it stands for any number of tools. */
export const isPattern = ({ tool }: VirtualToolEntry): boolean => tool.includes('*');

/** Members that make a tool another one than it is. */
const CHANGES = ['as', 'title', 'description', 'defaults', 'fixed'] as const;

/** What the schema cannot say. Each fault begins with the member's name. */
export function virtualServerFaults({ tools }: VirtualServerEntry): string[] {
  const faults: string[] = [];
  const names = new Map<string, number>();
  tools.forEach((entry, at) => {
    const { tool, as = tool, defaults = {}, fixed = {} } = entry;
    if (isPattern(entry)) {
      const changed = CHANGES.filter((member) => entry[member] !== undefined);
      if (changed.length > 0) faults.push(`tools.${at}.${changed[0]} cannot be said of a pattern`);
      return;
    }
    const first = names.get(as);
    if (first === undefined) names.set(as, at);
    else faults.push(`tools.${at} is named ${as}, as tools.${first} is: give one of them another name with "as"`);
    for (const argument of Object.keys(fixed)) {
      if (Object.hasOwn(defaults, argument)) faults.push(`tools.${at}.defaults.${argument} is fixed, too`);
    }
  });
  return faults;
}

/**
 * One entry of the admin API, with its defaults.
 * @returns `spec` where there is no fault; each fault begins with the member's name
 */
export function resolveVirtualServer(
  name: string,
  given: Readonly<Record<string, unknown>>,
): { readonly spec?: VirtualServerSpec; readonly faults: readonly string[] } {
  const entry: unknown = structuredClone(given);
  const check = ajv.compile<VirtualServerEntry>(VirtualServer);
  if (!check(entry)) {
    const faults = (check.errors ?? []).map(({ instancePath, message, params }) => {
      const unknown = (params as { additionalProperty?: string }).additionalProperty;
      return `${instancePath.slice(1).replaceAll('/', '.') || 'it'} ${message}${unknown ? `: ${unknown}` : ''}`;
    });
    return { faults };
  }
  const faults = virtualServerFaults(entry);
  return faults.length > 0 ? { faults } : { spec: { name, ...entry }, faults };
}
