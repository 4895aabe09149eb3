import { nullable, maybe, number, object, oneOf, record, string, type Static } from '#schema/schema.js';
import { pageOf } from '#core/page.js';
import { Instant, JsonObject, Ratio, Uuid } from '#core/wire.js';

export const EVENT_TYPES = [
  'file_edit',
  'file_create',
  'file_delete',
  'file_rename',
  'command_run',
  'test_run',
  'build_run',
  'lint_run',
  'git_action',
  'agent_action',
  'agent_message',
  'tool_call',
  'tool_result',
  'human_action',
  'override',
  'error',
  'milestone',
  'ci_status',
  'custom',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export const SOURCE_TYPES = ['ide', 'agent', 'cli', 'ci', 'human', 'gateway'] as const;
export const ATTRIBUTION_SOURCES = ['agent', 'human', 'system', 'unknown'] as const;

/** Set by the gateway alone; a client that sends one of them is told so. */
export const SERVER_MANAGED = ['id', 'server_timestamp', 'event_hash', 'created_at', 'tenant'] as const;

/** One event as a client sends it. `metadata_` is spelled so on the wire. */
export const MCPEvent = object(
  {
    session_id: maybe(string({ format: 'uuid' })),
    external_session_key: maybe(string({ minLength: 1, maxLength: 200 })),
    event_type: oneOf(EVENT_TYPES),
    source_type: oneOf(SOURCE_TYPES),
    client_timestamp: string({ format: 'date-time' }),
    source_name: maybe(string({ maxLength: 200 })),
    file_path: maybe(string({ maxLength: 4_096 })),
    project_root: maybe(string({ maxLength: 4_096 })),
    language: maybe(string({ maxLength: 64 })),
    payload: maybe(record()),
    raw_message: maybe(string()),
    attribution_source: maybe(oneOf(ATTRIBUTION_SOURCES)),
    attribution_confidence: maybe(number({ minimum: 0, maximum: 1 })),
    agent_metadata: maybe(
      object({
        agent_id: maybe(string({ minLength: 1, maxLength: 200 })),
        provider: maybe(string({ maxLength: 200 })),
        model: maybe(string({ maxLength: 200 })),
      }),
    ),
    metadata_: maybe(record()),
  },
  { $id: 'MCPEvent', additionalProperties: false },
);
export type MCPEvent = Static<typeof MCPEvent>;

/** One event as it is stored. Nothing updates or deletes it. */
export const EventOut = object(
  {
    id: Uuid,
    session_id: Uuid,
    event_type: oneOf(EVENT_TYPES),
    source_type: oneOf(SOURCE_TYPES),
    client_timestamp: Instant,
    server_timestamp: Instant,
    source_name: nullable(string()),
    file_path: nullable(string()),
    project_root: nullable(string()),
    language: nullable(string()),
    payload: nullable(JsonObject),
    raw_message: nullable(string()),
    attribution_source: nullable(oneOf(ATTRIBUTION_SOURCES)),
    attribution_confidence: nullable(Ratio),
    agent_metadata: nullable(JsonObject),
    metadata_: nullable(JsonObject),
    event_hash: string({
      pattern: '^[0-9a-f]{64}$',
      description: 'SHA-256 of the canonical JSON of its content.',
    }),
    created_at: Instant,
  },
  { $id: 'EventOut' },
);
export type EventOut = Static<typeof EventOut>;
export const EventPage = pageOf(EventOut);
