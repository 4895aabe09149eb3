import { WINDOW_ACTIONS } from '../correlations.js';
import { type Action, changedSomething, type Trace } from '../trace.js';
import type { Detector, Finding } from './detector.js';
import { count, inFiles, listErrors, quoted } from './wording.js';

const MIN_FAILURES = 3;
const MIN_IDENTICAL = 2;
/** A call that comes back after more than this many others is a new attempt. */
const MAX_GAP = 6;

const ENDINGS = { passed: ', which succeeded', failed: ', which failed too', unknown: '' } as const;

/**
 * The same call fails again and again and nothing has changed in between that could make it succeed. Two failures are
 * reported only when the calls are the same to the byte: that cannot have been an attempt to do better.
 */
export const retryStorm: Detector = {
  name: 'retry-storm',
  version: 1,
  category: 'efficiency',
  detect: (trace) =>
    findStorms(trace)
      .filter((storm) => storm.length >= MIN_FAILURES || identicalRepeats(storm) + 1 >= MIN_IDENTICAL)
      .map((storm) => describe(storm, trace)),
};

function findStorms({ actions }: Trace): Action[][] {
  const open = new Map<string, Action[]>();
  const storms: Action[][] = [];
  for (const action of actions) {
    const key = JSON.stringify([action.actor, action.agentId, action.signature]);
    const streak = open.get(key);
    if (action.status === 'failed' && action.nature !== 'submit') {
      if (streak && action.position - streak.at(-1)!.position <= MAX_GAP) streak.push(action);
      else {
        const started = [action];
        storms.push(started);
        open.set(key, started);
      }
    } else if (changedSomething(action)) open.clear();
    else open.delete(key);
  }
  return storms;
}

/** How often a call followed its own exact copy. */
const identicalRepeats = (storm: readonly Action[]) =>
  storm.filter((action, i) => i > 0 && action.digest === storm[i - 1]!.digest).length;

function describe(storm: readonly Action[], { actions }: Trace): Finding {
  const [first, last] = [storm[0]!, storm.at(-1)!];
  const errors = storm.flatMap((action) => action.error ?? []);
  const identical = identicalRepeats(storm);
  const next = actions
    .slice(last.position + 1, last.position + 1 + WINDOW_ACTIONS)
    .find(({ nature, agentId }) => nature !== 'view' && agentId === first.agentId);
  const ending = next ? ` Next came ${quoted(next.label)}${ENDINGS[next.status]}.` : '';
  return {
    key: first.eventId,
    agentId: first.agentId,
    severity: storm.length < MIN_FAILURES ? 'low' : storm.length < 2 * MIN_FAILURES ? 'medium' : 'high',
    title: `${quoted(first.label)} failed ${storm.length} times in a row`,
    message:
      `${quoted(first.label)}${inFiles(first.files)} was tried ${storm.length} times and failed each time: ${listErrors(errors)}. ` +
      `${identical > 0 ? `${count(identical, 'try', 'tries')} repeated the one before to the byte. ` : ''}` +
      `Nothing was changed in between that could have helped; look at the first error and at what the call assumes.${ending}`,
    evidence: errors.map((error) => error.eventId),
    figures: {
      call: first.label,
      failures: storm.length,
      identical_repeats: identical,
      duration_ms: last.at - first.at,
    },
  };
}
