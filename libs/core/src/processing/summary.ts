import type { Summary } from './analysis.js';
import type { Actor, Trace } from './trace.js';

/** The session at a glance: who acted, how much of it went wrong, what was reached. */
export function summarise(trace: Trace): Summary {
  const share = (actor: Actor) =>
    trace.actions.length === 0
      ? 0
      : round(trace.actions.filter((action) => action.actor === actor).length / trace.actions.length, 4);
  return {
    agent_activity_score: share('agent'),
    human_activity_score: share('human'),
    error_density: errorDensity(trace),
    milestone_breakdown: Object.fromEntries(trace.milestones),
  };
}

/** Errors per 100 events. */
export const errorDensity = ({ errors, events }: Pick<Trace, 'errors' | 'events'>) =>
  events === 0 ? 0 : round((errors.length / events) * 100, 2);

const round = (value: number, digits: number) => Number(value.toFixed(digits));
