import Type, { type Static } from 'typebox';
import type { Caller } from '#core/caller.js';
import { Instant, JsonObject, nullable, Uuid } from '#core/wire.js';

export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const InsightOut = Type.Object(
  {
    id: Uuid,
    session_id: Uuid,
    agent_id: nullable(Type.String()),
    severity: Type.Enum([...SEVERITIES]),
    category: Type.String(),
    title: Type.String(),
    message: Type.String(),
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
