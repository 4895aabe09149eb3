import Type, { type Static } from 'typebox';
import { pageOf } from '#core/page.js';
import { Instant, JsonObject, nullable, Ratio, Uuid } from '#core/wire.js';

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
export const MCPEvent = Type.Object(
  {
    session_id: Type.Optional(Type.String({ format: 'uuid' })),
    external_session_key: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    event_type: Type.Enum([...EVENT_TYPES]),
    source_type: Type.Enum([...SOURCE_TYPES]),
    client_timestamp: Type.String({ format: 'date-time' }),
    source_name: Type.Optional(Type.String({ maxLength: 200 })),
    file_path: Type.Optional(Type.String({ maxLength: 4_096 })),
    project_root: Type.Optional(Type.String({ maxLength: 4_096 })),
    language: Type.Optional(Type.String({ maxLength: 64 })),
    payload: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    raw_message: Type.Optional(Type.String()),
    attribution_source: Type.Optional(Type.Enum([...ATTRIBUTION_SOURCES])),
    attribution_confidence: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    agent_metadata: Type.Optional(
      Type.Object({
        agent_id: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
        provider: Type.Optional(Type.String({ maxLength: 200 })),
        model: Type.Optional(Type.String({ maxLength: 200 })),
      }),
    ),
    metadata_: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  },
  { $id: 'MCPEvent', additionalProperties: false },
);
export type MCPEvent = Static<typeof MCPEvent>;

/** One event as it is stored. Nothing updates or deletes it. */
export const EventOut = Type.Object(
  {
    id: Uuid,
    session_id: Uuid,
    event_type: Type.Enum([...EVENT_TYPES]),
    source_type: Type.Enum([...SOURCE_TYPES]),
    client_timestamp: Instant,
    server_timestamp: Instant,
    source_name: nullable(Type.String()),
    file_path: nullable(Type.String()),
    project_root: nullable(Type.String()),
    language: nullable(Type.String()),
    payload: nullable(JsonObject),
    raw_message: nullable(Type.String()),
    attribution_source: nullable(Type.Enum([...ATTRIBUTION_SOURCES])),
    attribution_confidence: nullable(Ratio),
    agent_metadata: nullable(JsonObject),
    metadata_: nullable(JsonObject),
    event_hash: Type.String({
      pattern: '^[0-9a-f]{64}$',
      description: 'SHA-256 of the canonical JSON of its content.',
    }),
    created_at: Instant,
  },
  { $id: 'EventOut' },
);
export type EventOut = Static<typeof EventOut>;
export const EventPage = pageOf(EventOut);
