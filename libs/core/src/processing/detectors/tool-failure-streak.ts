import { type Action, actionsByAgent } from '../trace.js';
import type { Detector, Finding } from './detector.js';
import { listErrors, quoted } from './wording.js';

const MIN_FAILURES = 4;
const LONG_STREAK = 8;

/** One call after the other fails, different ones: something they share is broken, or the agent has lost its way. */
export const toolFailureStreak: Detector = {
  name: 'tool-failure-streak',
  version: 1,
  category: 'reliability',
  detect: (trace, { explained }) =>
    [...actionsByAgent(trace)].flatMap(([agentId, actions]) =>
      findStreaks(actions)
        .filter((streak) => streak.filter(({ error }) => !explained.has(error!.eventId)).length >= MIN_FAILURES)
        .map((streak) => describe(agentId, streak)),
    ),
};

function findStreaks(actions: readonly Action[]): Action[][] {
  const streaks: Action[][] = [];
  let streak: Action[] = [];
  for (const action of actions) {
    if (action.status === 'failed') {
      if (streak.length === 0) streaks.push(streak);
      streak.push(action);
    } else if (action.status === 'passed') streak = [];
  }
  return streaks;
}

function describe(agentId: string, streak: readonly Action[]): Finding {
  const [first, last] = [streak[0]!, streak.at(-1)!];
  const errors = streak.map(({ error }) => error!);
  return {
    key: first.eventId,
    agentId,
    severity: streak.length >= LONG_STREAK ? 'high' : 'medium',
    title: `${streak.length} calls failed one after the other`,
    message:
      `From ${quoted(first.label)} to ${quoted(last.label)}, ${streak.length} calls failed without one success between them: ` +
      `${listErrors(errors)}. Look at what they share (working directory, environment, service, an earlier edit) ` +
      `before looking at them one by one.`,
    evidence: errors.map((error) => error.eventId),
    figures: {
      failures: streak.length,
      distinct_calls: new Set(streak.map((action) => action.signature)).size,
      duration_ms: last.at - first.at,
    },
  };
}
