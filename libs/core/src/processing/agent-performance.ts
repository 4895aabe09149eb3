import { METRICS_VERSION } from '#core/agent-performance/agent-performance.js';
import type { AgentBaseline, PerformanceDraft } from './analysis.js';
import { type Correlation, WINDOW_ACTIONS, WINDOW_MS } from './correlations.js';
import { shareFile } from './files.js';
import { type Action, actionsByAgent, changedSomething, isEdit, type Trace } from './trace.js';

/** From here on an error counts as the agent's doing: it touched the file that raised it, or its call was refused. */
export const INDUCED_CONFIDENCE = 0.85;

export const REGRESSION = {
  /** A baseline or a session smaller than this says nothing. */
  minBaselineSessions: 3,
  minActions: 5,
  successRateDrop: 0.15,
  inducedErrorRateRise: 0.1,
  overrideRateRise: 0.05,
} as const;

/** One draft per agent that acted, in the order of their first action. */
export function measureAgents(
  trace: Trace,
  correlations: readonly Correlation[],
  baselines: ReadonlyMap<string, AgentBaseline>,
): PerformanceDraft[] {
  const overrides = countOverrides(trace.actions);
  const induced = new Map<string, number>();
  for (const { cause } of inducedErrors(correlations)) add(induced, cause.agentId!);
  return [...actionsByAgent(trace)].map(([agentId, actions]) => {
    const total = actions.length;
    const successful = actions.filter((action) => action.status !== 'failed').length;
    const inducedCount = induced.get(agentId) ?? 0;
    const overrideCount = overrides.get(agentId) ?? 0;
    const rates = {
      success_rate: rate(successful, total),
      induced_error_rate: rate(inducedCount, total),
      override_rate: rate(overrideCount, total),
    };
    return {
      agent_id: agentId,
      total_actions: total,
      successful_actions: successful,
      induced_error_count: inducedCount,
      override_count: overrideCount,
      ...rates,
      regression_flags: total < REGRESSION.minActions ? [] : regressions(rates, baselines.get(agentId)),
      metrics_version: METRICS_VERSION,
    };
  });
}

/** The errors that agents caused, as far as can be told: at most one correlation each. */
export const inducedErrors = (correlations: readonly Correlation[]) =>
  correlations.filter(({ cause, confidence }) => cause.agentId !== null && confidence >= INDUCED_CONFIDENCE);

const rate = (count: number, total: number) => Number((count / total).toFixed(4));

const add = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);

type Rates = Pick<PerformanceDraft, 'success_rate' | 'induced_error_rate' | 'override_rate'>;

function regressions(now: Rates, before: AgentBaseline | undefined): string[] {
  if (!before || before.sessions < REGRESSION.minBaselineSessions) return [];
  const flags: string[] = [];
  if (before.success_rate - now.success_rate >= REGRESSION.successRateDrop) flags.push('success_rate_drop');
  if (now.induced_error_rate - before.induced_error_rate >= REGRESSION.inducedErrorRateRise) {
    flags.push('induced_error_rate_rise');
  }
  if (now.override_rate - before.override_rate >= REGRESSION.overrideRateRise) flags.push('override_rate_rise');
  return flags;
}

/**
 * Times that a human stepped in, by agent: each override, and each edit of an agent that a human edited again soon
 * after. However many keystrokes it takes to redo one edit, that is once.
 */
function countOverrides(actions: readonly Action[]): Map<string, number> {
  const counts = new Map<string, number>();
  const overridden = new Set<Action>();
  for (const action of actions) {
    const explicit = action.eventType === 'override';
    if (action.actor !== 'human' || !(explicit || changedSomething(action))) continue;
    const target = overriddenBy(action, actions) ?? (explicit ? lastOfAgent(action, actions) : null);
    if (!target || (!explicit && overridden.has(target))) continue;
    overridden.add(target);
    add(counts, target.agentId!);
  }
  return counts;
}

/** The agent's recent edit of the same file. */
function overriddenBy(action: Action, actions: readonly Action[]): Action | null {
  if (action.files.length === 0) return null;
  return findRecent(action, actions, (earlier) => {
    return isEdit(earlier) && changedSomething(earlier) && shareFile(action.files, earlier.files);
  });
}

const lastOfAgent = (action: Action, actions: readonly Action[]) => findRecent(action, actions, () => true);

function findRecent(from: Action, actions: readonly Action[], wanted: (earlier: Action) => boolean): Action | null {
  for (let i = from.position - 1; i >= Math.max(0, from.position - WINDOW_ACTIONS); i--) {
    const earlier = actions[i]!;
    if (from.at - earlier.at > WINDOW_MS) return null;
    if (earlier.actor === 'agent' && wanted(earlier)) return earlier;
  }
  return null;
}
