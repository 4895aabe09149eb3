import { boolean, integer, object, string, type Static } from '#schema/schema.js';
import type { Caller } from '#core/caller.js';
import { Count, Instant, JsonObject, Ratio, Uuid } from '#core/wire.js';

export const ErrorCluster = object(
  {
    id: Uuid,
    session_id: Uuid,
    normalized_error: string(),
    error_type: string(),
    representative_event_id: Uuid,
    occurrence_count: Count,
    first_seen_at: Instant,
    last_seen_at: Instant,
    metadata: JsonObject,
  },
  { $id: 'ErrorCluster' },
);
export type ErrorCluster = Static<typeof ErrorCluster>;

export const EventCorrelation = object(
  {
    id: Uuid,
    session_id: Uuid,
    cause_event_id: Uuid,
    effect_event_id: Uuid,
    correlation_type: string(),
    confidence: Ratio,
    time_delta_ms: integer(),
    file_match: boolean(),
    metadata: JsonObject,
    created_at: Instant,
  },
  { $id: 'EventCorrelation' },
);
export type EventCorrelation = Static<typeof EventCorrelation>;

export interface CrossSessionFilter {
  readonly project_id?: string;
  readonly since?: string;
  readonly limit: number;
}

/** Errors and what caused them: read only, computed by processing. */
export abstract class ErrorCorrelations {
  abstract clustersOf(caller: Caller, sessionId: string): Promise<readonly ErrorCluster[]>;
  abstract correlationsOf(caller: Caller, sessionId: string): Promise<readonly EventCorrelation[]>;
  /** Over sessions, last seen first. */
  abstract clusters(caller: Caller, filter: CrossSessionFilter): Promise<readonly ErrorCluster[]>;
  /** Over sessions, newest first. */
  abstract correlations(caller: Caller, filter: CrossSessionFilter): Promise<readonly EventCorrelation[]>;
}
