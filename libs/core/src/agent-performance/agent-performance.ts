import { array, integer, number, object, string, type Static } from '#schema/schema.js';
import type { Caller } from '#core/caller.js';
import { Count, Instant, Ratio, Uuid } from '#core/wire.js';

/** Raised when the meaning of a figure changes, so that figures are compared only with their like. */
export const METRICS_VERSION = 1;

export const AgentPerformanceSnapshot = object(
  {
    id: Uuid,
    agent_id: string(),
    session_id: Uuid,
    total_actions: Count,
    successful_actions: Count,
    induced_error_count: Count,
    override_count: Count,
    success_rate: Ratio,
    induced_error_rate: number({ minimum: 0, description: 'Induced errors per action.' }),
    override_rate: number({ minimum: 0, description: 'Overrides per action.' }),
    regression_flags: array(string()),
    metrics_version: integer(),
    created_at: Instant,
  },
  { $id: 'AgentPerformanceSnapshot' },
);
export type AgentPerformanceSnapshot = Static<typeof AgentPerformanceSnapshot>;

export interface AgentPerformanceFilter {
  readonly agent_id?: string;
  readonly since?: string;
  readonly limit: number;
}

export abstract class AgentPerformance {
  abstract ofSession(caller: Caller, sessionId: string): Promise<readonly AgentPerformanceSnapshot[]>;
  /** Over sessions, newest first. */
  abstract list(caller: Caller, filter: AgentPerformanceFilter): Promise<readonly AgentPerformanceSnapshot[]>;
}
