import type { EventType } from '#core/signals/event.js';
import type { Call } from './call.js';
import type { Failure } from './outcome.js';

export type Actor = 'agent' | 'human' | 'other';

/** One thing that was done, with what came of it. */
export interface Action extends Call {
  /** Its place among the session's actions. */
  readonly position: number;
  readonly eventId: string;
  readonly eventType: EventType;
  readonly at: number;
  readonly actor: Actor;
  /** Set for an agent's action. */
  readonly agentId: string | null;
  readonly status: 'passed' | 'failed' | 'unknown';
  readonly error: TracedError | null;
}

/** One thing that went wrong: a failed outcome or an explicit error event. */
export interface TracedError extends Failure {
  readonly eventId: string;
  readonly at: number;
  /** How many actions had begun when it was reported. */
  readonly actionsBefore: number;
  /** The action whose outcome it is. */
  readonly action: Action | null;
}

/** What the analysis keeps of a session: no payloads, short texts. */
export interface Trace {
  readonly events: number;
  readonly actions: readonly Action[];
  readonly errors: readonly TracedError[];
  /** Milestones by name. */
  readonly milestones: ReadonlyMap<string, number>;
  /** How many actions had begun at each milestone, ascending. */
  readonly milestonesAfter: readonly number[];
}

/** It may have changed the working copy. An edit that was rejected changed nothing. */
export function changedSomething(action: Action): boolean {
  switch (action.nature) {
    case 'edit':
    case 'create':
    case 'remove':
    case 'change':
      return action.status !== 'failed';
    case 'view':
    case 'run':
    case 'submit':
      return false;
    case 'other':
      return action.actor === 'human' && action.status !== 'failed';
    default:
      return action.nature satisfies never;
  }
}

export const isEdit = (action: Action) => action.nature === 'edit' || action.nature === 'create';

/** Agents in the order of their first action. */
export function actionsByAgent(trace: Trace): Map<string, Action[]> {
  return Map.groupBy(
    trace.actions.filter((action) => action.agentId !== null),
    (action) => action.agentId!,
  );
}
