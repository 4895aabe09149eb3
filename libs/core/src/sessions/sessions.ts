import { nullable, array, boolean, number, object, oneOf, record, string, type Static } from '#schema/schema.js';
import type { Caller } from '#core/caller.js';
import { type Page, pageOf } from '#core/page.js';
import type { EventOut, EventType } from '#core/signals/event.js';
import { Count, Instant, JsonObject, Ratio, Uuid } from '#core/wire.js';

export const SESSION_STATUSES = ['active', 'completed', 'abandoned', 'failed'] as const;
export type SessionStatus = (typeof SESSION_STATUSES)[number];

export const SessionOut = object(
  {
    id: Uuid,
    external_session_key: string(),
    user_id: string(),
    workspace_id: string(),
    project_id: nullable(Uuid),
    start_time: Instant,
    end_time: nullable(Instant),
    status: oneOf(SESSION_STATUSES),
    event_count: Count,
    agent_activity_score: Ratio,
    human_activity_score: Ratio,
    error_density: number({ minimum: 0, description: 'Errors per 100 events.' }),
    milestone_breakdown: record(Count),
    tags: array(string()),
    config_snapshot: nullable(JsonObject),
    requires_processing: boolean(),
    last_processed_at: nullable(Instant),
    created_at: Instant,
    updated_at: Instant,
  },
  { $id: 'SessionOut' },
);
export type SessionOut = Static<typeof SessionOut>;
export const SessionPage = pageOf(SessionOut);

export const MCPSessionResolveResponse = object({ session_id: nullable(Uuid), found: boolean() });
export type MCPSessionResolveResponse = Static<typeof MCPSessionResolveResponse>;

/** What a client gives to open a session; times as the client wrote them. */
export interface NewSession {
  readonly external_session_key: string;
  readonly user_id: string;
  readonly workspace_id: string;
  readonly start_time: string;
  readonly project_id?: string;
  readonly tags?: readonly string[];
  readonly config_snapshot?: Readonly<Record<string, unknown>>;
}

export interface SessionChange {
  readonly status?: SessionStatus;
  readonly end_time?: string;
}

export interface SessionFilter {
  readonly workspace_id?: string;
  readonly project_id?: string;
  readonly status?: SessionStatus;
  readonly since?: string;
  readonly limit: number;
  readonly cursor?: string;
}

export interface EventFilter {
  readonly after?: string;
  readonly limit: number;
  readonly event_type?: EventType;
}

/** Sessions, whichever driver answers. Every method sees only the caller's tenant; a foreign id is SessionNotFound. */
export abstract class Sessions {
  /** The same `external_session_key` in the same workspace again gives the existing session, `created: false`. */
  abstract create(caller: Caller, input: NewSession): Promise<{ session: SessionOut; created: boolean }>;
  /** Newest `start_time` first. */
  abstract list(caller: Caller, filter: SessionFilter): Promise<Page<SessionOut>>;
  abstract get(caller: Caller, id: string): Promise<SessionOut>;
  /** @throws SessionTerminal when the session has ended with another status. */
  abstract update(caller: Caller, id: string, change: SessionChange): Promise<SessionOut>;
  abstract resolve(
    caller: Caller,
    key: { external_session_key: string; workspace_id?: string },
  ): Promise<MCPSessionResolveResponse>;
  /** By `client_timestamp`, oldest first. */
  abstract events(caller: Caller, id: string, filter: EventFilter): Promise<Page<EventOut>>;
}
