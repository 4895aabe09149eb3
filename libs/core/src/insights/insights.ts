import { nullable, object, oneOf, string, type Static } from '#schema/schema.js';
import type { Caller } from '#core/caller.js';
import { Instant, JsonObject, Uuid } from '#core/wire.js';

export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const InsightOut = object(
  {
    id: Uuid,
    session_id: Uuid,
    agent_id: nullable(string()),
    severity: oneOf(SEVERITIES),
    category: string(),
    title: string(),
    message: string(),
    payload: JsonObject,
    created_at: Instant,
  },
  { $id: 'InsightOut' },
);
export type InsightOut = Static<typeof InsightOut>;

export interface InsightFilter {
  readonly session_id: string;
  readonly since?: string;
  readonly limit: number;
}

export abstract class Insights {
  /** Newest first. @throws SessionNotFound */
  abstract list(caller: Caller, filter: InsightFilter): Promise<readonly InsightOut[]>;
}
