import type { AgentPerformanceSnapshot } from '#core/agent-performance/agent-performance.js';
import type { ErrorCluster, EventCorrelation } from '#core/error-correlations/error-correlations.js';
import type { InsightOut } from '#core/insights/insights.js';
import type { SessionOut } from '#core/sessions/sessions.js';
import type { EventType } from '#core/signals/event.js';

/** What processing reads of a stored event, in `client_timestamp` order. */
export interface RecordedEvent {
  readonly id: string;
  readonly eventType: EventType;
  readonly sourceType: string;
  /** `client_timestamp`, milliseconds since the epoch. */
  readonly at: number;
  readonly filePath: string | null;
  readonly payload: Readonly<Record<string, unknown>> | null;
  readonly rawMessage: string | null;
  readonly attributionSource: string | null;
  readonly agentId: string | null;
}

/** Fields that the store adds when it writes a derived row. */
type Stored = 'id' | 'session_id' | 'created_at';

export type Summary = Pick<
  SessionOut,
  'agent_activity_score' | 'human_activity_score' | 'error_density' | 'milestone_breakdown'
>;
export type ClusterDraft = Omit<ErrorCluster, Stored>;
/** `effect_at`: `client_timestamp` of the effect in milliseconds since the epoch; it orders, and is not stored. */
export type CorrelationDraft = Omit<EventCorrelation, Stored> & { readonly effect_at: number };
export type PerformanceDraft = Omit<AgentPerformanceSnapshot, Stored>;
/** `key` tells two insights of one session apart, and is the same whenever the session is processed again. */
export type InsightDraft = Omit<InsightOut, Stored> & { readonly key: string };

/** An agent's figures over its earlier sessions, to hold a session against. */
export interface AgentBaseline {
  readonly sessions: number;
  readonly success_rate: number;
  readonly induced_error_rate: number;
  readonly override_rate: number;
}

/** Everything that processing derives from one session's events; the same events always give the same analysis. */
export interface Analysis {
  readonly summary: Summary;
  readonly clusters: readonly ClusterDraft[];
  readonly correlations: readonly CorrelationDraft[];
  readonly performance: readonly PerformanceDraft[];
  readonly insights: readonly InsightDraft[];
}
