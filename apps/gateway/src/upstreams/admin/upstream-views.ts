import type { Variables } from '#config/backend-variables.js';
import { addressOf } from '#config/upstream-variables.js';
import { UPSTREAM_KINDS, type UpstreamSpec } from '#config/upstreams-file.js';
import { redact } from '#observability/redact.js';
import type { BreakerCounts } from '#gateway/tools/breaker-summary.service.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import { cleanAddress } from './clean-address.js';
import type { EntryRow } from '#database/entry-rows.js';
import type { UpstreamState } from '../upstream-states.service.js';
import type { UpstreamDetail, UpstreamOut } from './upstreams-admin.models.js';

const LONGEST_ERROR = 500;

/** One upstream, with everything that is known of it. */
export interface Known {
  /** Undefined: it makes no sense here, or has only just been added. */
  readonly state: UpstreamState | undefined;
  /** Where it was added over the API. */
  readonly row: EntryRow | undefined;
  /** Why it makes no sense here. */
  readonly faults: readonly string[];
  readonly breakers: BreakerCounts;
}

/** For whoever looks after upstreams: no secret, whatever was written into an entry. */
export function shown({ state, row, faults, breakers }: Known, variable: Variables): UpstreamOut {
  const own = state?.spec.origin === 'file' ? undefined : row;
  const { closed, open, half_open } = breakers;
  return {
    ...(state ? ofState(state, variable) : ofRow(row!, faults)),
    ...(state?.state === 'connected' && open > 0 && { state: 'degraded' as const }),
    breakers: { closed, open, half_open },
    ...(own && { revision: own.revision }),
  };
}

export function shownAlone(known: Known, variable: Variables): UpstreamDetail {
  const { state } = known;
  const out = shown(known, variable);
  const row = out.origin === 'admin' ? known.row : undefined;
  return {
    ...out,
    ...(row && { entry: cleanEntry(row.entry) }),
    withheld: (state?.withheld ?? []).map(({ name, state: why, reason }) => ({ name, state: why, reason })),
    connection: { ...state?.connection },
    ...(row && {
      created_at: row.created_at.toISOString(),
      created_by: row.created_by,
      updated_at: row.updated_at.toISOString(),
      updated_by: row.updated_by,
    }),
  };
}

function ofState(state: UpstreamState, variable: Variables): Omit<UpstreamOut, 'breakers'> {
  const { spec, offered, withheld, era, version, lastError, lastSeen } = state;
  const { name, kind, origin, enabled, required, description } = spec;
  const url = whereIs(spec, variable);
  return {
    name,
    kind,
    origin,
    state: state.state,
    enabled,
    required,
    ...(url !== undefined && { url }),
    ...(description !== undefined && { description }),
    ...(era && { era }),
    ...(version !== undefined && { protocol_version: version }),
    tools: { offered, withheld: withheld.length },
    ...(lastError !== undefined && { last_error: told(lastError) }),
    ...(lastSeen && { last_seen_at: lastSeen.toISOString() }),
  };
}

/** Stored, and not in use here: it names a variable that is not set, or has been stored this moment. */
function ofRow({ name, entry }: EntryRow, faults: readonly string[]): Omit<UpstreamOut, 'breakers'> {
  return {
    name,
    kind: UPSTREAM_KINDS.find((kind) => kind === entry['kind']) ?? 'http',
    origin: 'admin',
    state: entry['enabled'] === false ? 'disabled' : faults.length > 0 ? 'degraded' : 'connecting',
    enabled: entry['enabled'] !== false,
    required: entry['required'] === true,
    ...(typeof entry['url'] === 'string' && { url: cleanAddress(entry['url']) }),
    tools: { offered: 0, withheld: 0 },
    ...(faults.length > 0 && { last_error: told(faults.join('; ')) }),
  };
}

const told = (error: string) => redact(error).slice(0, LONGEST_ERROR);

/** An address may carry a secret behind its question mark, a header may be one. */
function cleanEntry(entry: JsonObject): Record<string, unknown> {
  const { url, document, headers } = entry;
  return {
    ...entry,
    ...(typeof url === 'string' && { url: cleanAddress(url) }),
    ...(typeof document === 'string' && { document: cleanAddress(document) }),
    ...(typeof headers === 'object' &&
      headers !== null && { headers: Object.fromEntries(Object.keys(headers).map((name) => [name, '…'])) }),
  };
}

/** Arguments of a process may be secrets: only what is run is told. */
function whereIs(spec: UpstreamSpec, variable: Variables): string | undefined {
  if (spec.kind === 'stdio') return spec.command;
  const address = addressOf(spec, variable) ?? (spec.kind === 'openapi' ? spec.document : undefined);
  return address === undefined ? undefined : cleanAddress(address);
}
