import type { AgentBaseline, PerformanceDraft } from '../analysis.js';
import type { Detector } from './detector.js';
import { count } from './wording.js';

/** An agent did clearly worse than in its own earlier sessions. */
export const performanceRegression: Detector = {
  name: 'performance-regression',
  version: 1,
  category: 'performance',
  detect: (trace, { performance, baselines }) =>
    performance.flatMap((now) => {
      const before = baselines.get(now.agent_id);
      if (!before || now.regression_flags.length === 0) return [];
      return [
        {
          key: now.agent_id,
          agentId: now.agent_id,
          severity: now.regression_flags.length > 1 ? 'high' : 'medium',
          title: `${now.agent_id} did worse than in its earlier sessions`,
          message:
            `Against ${count(before.sessions, 'earlier session')}: ${changes(now, before)}. If the task was not a harder one, ` +
            `look at what changed since then: model, prompt, tools or environment.`,
          evidence: trace.errors.filter(({ action }) => action?.agentId === now.agent_id).map((error) => error.eventId),
          figures: {
            flags: now.regression_flags,
            actions: now.total_actions,
            baseline: { ...before },
            success_rate: now.success_rate,
            induced_error_rate: now.induced_error_rate,
            override_rate: now.override_rate,
          },
        },
      ];
    }),
};

const WORDING = [
  { flag: 'success_rate_drop', rate: 'success_rate', text: 'actions that succeeded fell' },
  { flag: 'induced_error_rate_rise', rate: 'induced_error_rate', text: 'errors per action that it brought about rose' },
  { flag: 'override_rate_rise', rate: 'override_rate', text: 'overrides by a human per action rose' },
] as const;

function changes(now: PerformanceDraft, before: AgentBaseline): string {
  return WORDING.filter(({ flag }) => now.regression_flags.includes(flag))
    .map(({ rate, text }) => `${text} from ${percent(before[rate])} to ${percent(now[rate])}`)
    .join(', ');
}

const percent = (rate: number) => `${Math.round(rate * 100)} %`;
