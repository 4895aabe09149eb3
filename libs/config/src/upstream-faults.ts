import { Ajv } from 'ajv';
import { OWN_SCHEMAS_UNOPTIMIZED } from '#schema/own-schemas.js';
import type { ObjectSchema } from '#schema/schema.js';
import type { Variables } from './backend-variables.js';
import { authFaults } from './upstream-auth.js';
import { PRESETS } from './upstream-presets.js';
import { addressOf, upstreamVariableFaults } from './upstream-variables.js';
import type { UpstreamSpec } from './upstreams-file.js';

const ajv = new Ajv({ ...OWN_SCHEMAS_UNOPTIMIZED, allErrors: true, useDefaults: true });

interface Resolved {
  readonly spec?: UpstreamSpec;
  readonly faults: readonly string[];
}

/** Puts the preset under the entry, and holds it against the schema of its kind. */
export function entryFaults(
  name: string,
  given: Readonly<Record<string, unknown>>,
  origin: UpstreamSpec['origin'],
  variable: Variables,
  kinds: Readonly<Record<string, ObjectSchema>>,
): Resolved {
  const { preset, ...own } = given;
  if (preset !== undefined && (typeof preset !== 'string' || !Object.hasOwn(PRESETS, preset))) {
    return { faults: [`preset must be one of ${Object.keys(PRESETS).join(', ')}`] };
  }
  let entry: Readonly<Record<string, unknown>>;
  try {
    entry = structuredClone(preset === undefined ? own : PRESETS[preset]!(own));
  } catch (error) {
    return { faults: [(error as Error).message] };
  }
  const { kind } = entry;
  if (typeof kind !== 'string' || !Object.hasOwn(kinds, kind)) {
    return { faults: [`kind must be one of ${Object.keys(kinds).join(', ')}`] };
  }
  const check = ajv.compile(kinds[kind]!);
  if (!check(entry)) {
    const faults = (check.errors ?? []).map(({ instancePath, message, params }) => {
      const unknown = (params as { additionalProperty?: string }).additionalProperty;
      return `${instancePath.slice(1).replaceAll('/', '.') || 'it'} ${message}${unknown ? `: ${unknown}` : ''}`;
    });
    return { faults };
  }
  const spec = { ...entry, name, origin } as unknown as UpstreamSpec;
  const faults = upstreamVariableFaults(spec, variable);
  if (spec.kind !== 'stdio') faults.push(...authFaults(spec, addressOf(spec, variable), variable));
  return faults.length > 0 ? { faults } : { spec, faults };
}
