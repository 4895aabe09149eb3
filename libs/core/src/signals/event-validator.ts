import { hash } from 'node:crypto';
import { Ajv, type ErrorObject } from 'ajv';
import { canonicalJson, NotCanonical } from '#core/canonical-json.js';
import { clockFault, parseInstant, toUtc } from '#core/instant.js';
import { isUuid } from '#core/identifiers.js';
import type { AcceptedEvent } from './accepted-event.js';
import { MCPEvent, SERVER_MANAGED } from './event.js';
import type { EventFailure } from './signals.js';
import { OWN_SCHEMAS } from '#schema/own-schemas.js';

/** Deepest nesting of an event's object-valued fields. */
export const MAX_EVENT_DEPTH = 32;

const check = new Ajv({ ...OWN_SCHEMAS, formats: { uuid: isUuid, 'date-time': true } }).compile<MCPEvent>(MCPEvent);
const MANAGED = new Set<string>(SERVER_MANAGED);

/** Ajv's keyword → the code that a client can act on. */
const CODES: Readonly<Record<string, string>> = {
  required: 'required',
  type: 'wrong_type',
  enum: 'not_in_enum',
  minimum: 'out_of_range',
  maximum: 'out_of_range',
  minLength: 'too_short',
  maxLength: 'too_long',
  format: 'wrong_format',
};

/** Checks one event of a batch at time `now` and computes what the store needs; an event that fails says why. */
export function acceptEvent(
  item: unknown,
  index: number,
  limits: { readonly maxEventBytes: number; readonly now: number },
): AcceptedEvent | EventFailure {
  if (!check(item)) return explain(check.errors![0]!, index);
  if (item.session_id === undefined && item.external_session_key === undefined) {
    return fail(index, 'required', 'session_id', 'or external_session_key is required');
  }
  // PostgreSQL has no such text. Elsewhere in an event it is replaced, but a key must be found as it was given.
  if (item.external_session_key?.includes('\0')) {
    return fail(index, 'wrong_format', 'external_session_key', 'must not contain U+0000');
  }
  const clientTimestamp = parseInstant(item.client_timestamp);
  if (clientTimestamp === undefined) {
    return fail(index, 'invalid_timestamp', 'client_timestamp', 'must be an ISO 8601 date and time with an offset');
  }
  const clock = clockFault(clientTimestamp, limits.now);
  if (clock !== undefined) return fail(index, 'clock_out_of_range', 'client_timestamp', clock);
  return withContent(item, index, clientTimestamp, limits.maxEventBytes);
}

/** True for an event that did not pass. */
export const isFailure = (outcome: AcceptedEvent | EventFailure): outcome is EventFailure => 'code' in outcome;

/** Every field of an event but the session's reference, in RFC 8785 order. */
const CONTENT = [
  'agent_metadata',
  'attribution_confidence',
  'attribution_source',
  'client_timestamp',
  'event_type',
  'file_path',
  'language',
  'metadata_',
  'payload',
  'project_root',
  'raw_message',
  'source_name',
  'source_type',
] as const;

const OBJECTS = new Set<string>(['payload', 'agent_metadata', 'metadata_']);

function withContent(event: MCPEvent, index: number, clientTimestamp: number, maxBytes: number) {
  let content = '{';
  const json: Record<string, string> = {};
  for (const field of CONTENT) {
    const value = field === 'client_timestamp' ? toUtc(event.client_timestamp, clientTimestamp) : event[field];
    if (value === undefined) continue;
    let text: string;
    try {
      text = canonicalJson(value, MAX_EVENT_DEPTH);
    } catch (error) {
      if (!(error instanceof NotCanonical)) throw error;
      return fail(index, error.reason, field, error.message);
    }
    if (OBJECTS.has(field)) json[field] = text;
    content += `${content.length === 1 ? '' : ','}"${field}":${text}`;
  }
  content += '}';
  // A UTF-16 unit is at most three bytes of UTF-8: most events need no exact count.
  if (content.length * 3 > maxBytes && Buffer.byteLength(content) > maxBytes) {
    return fail(index, 'too_large', undefined, `is larger than ${maxBytes} bytes`);
  }
  return { index, event, clientTimestamp, json, hash: hash('sha256', content) };
}

function explain(error: ErrorObject, index: number): EventFailure {
  if (error.keyword === 'additionalProperties') {
    const field = String(error.params['additionalProperty']);
    return MANAGED.has(field)
      ? fail(index, 'server_managed_field', field, 'is set by the server and must not be sent')
      : fail(index, 'unknown_field', field, 'is not a field of an event');
  }
  const path = error.instancePath.slice(1).replaceAll('/', '.');
  const field = error.keyword === 'required' ? String(error.params['missingProperty']) : path || undefined;
  const allowed = error.params['allowedValues'] as unknown[] | undefined;
  const message = allowed
    ? `must be one of ${allowed.join(', ')}`
    : error.keyword === 'required'
      ? 'is required'
      : (error.message ?? 'is not valid').replace(/^must be (?=object)/, 'must be an ');
  return fail(index, CODES[error.keyword] ?? 'invalid', field, message);
}

function fail(index: number, code: string, field: string | undefined, what: string): EventFailure {
  const message = `${field ?? 'The event'} ${what}.`;
  return field === undefined ? { index, code, message } : { index, code, message, field };
}
