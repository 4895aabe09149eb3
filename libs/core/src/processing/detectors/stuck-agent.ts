import { type Action, actionsByAgent, changedSomething, isEdit } from '../trace.js';
import type { Detector, DetectorContext, Finding } from './detector.js';
import { count, inFiles, listErrors, quoted } from './wording.js';

const MIN_ACTIONS = 30;
const LONG_STRETCH = 60;

/**
 * Many actions of an agent without progress. Progress is a new file, the first change of a file, a passing run after a
 * change, a commit, or a milestone.
 */
export const stuckAgent: Detector = {
  name: 'stuck-agent',
  version: 1,
  category: 'progress',
  detect: (trace, context) =>
    [...actionsByAgent(trace)].flatMap(([agentId, actions]) =>
      findStretches(actions, trace.milestonesAfter)
        .filter((stretch) => stretch.length >= MIN_ACTIONS && !isExplained(stretch, context))
        .map((stretch) => describe(agentId, stretch)),
    ),
};

function findStretches(actions: readonly Action[], milestonesAfter: readonly number[]): Action[][] {
  const stretches: Action[][] = [];
  const touched = new Set<string>();
  let stretch: Action[] = [];
  let changed = false;
  let milestone = 0;
  for (const action of actions) {
    let progress = false;
    while (milestonesAfter[milestone] !== undefined && milestonesAfter[milestone]! <= action.position) {
      milestone++;
      progress = true;
    }
    if (progress || isProgress(action, touched, changed)) {
      stretch = [];
      changed = false;
    } else {
      if (stretch.length === 0) stretches.push(stretch);
      stretch.push(action);
    }
    if (changedSomething(action)) {
      changed = true;
      for (const file of action.files) touched.add(file);
    }
  }
  return stretches;
}

function isProgress(action: Action, touched: ReadonlySet<string>, changed: boolean): boolean {
  if (isEdit(action) && changedSomething(action)) {
    return action.nature === 'create' || action.files.some((file) => !touched.has(file));
  }
  if (action.nature === 'run') return action.status === 'passed' && changed;
  return action.verb === 'git' && / commit\b/.test(action.label) && action.status !== 'failed';
}

/** A loop or a storm that fills half of the stretch's failures has told the story. */
function isExplained(stretch: readonly Action[], { explained }: Pick<DetectorContext, 'explained'>): boolean {
  const errors = stretch.flatMap((action) => action.error ?? []);
  return errors.length > 0 && errors.filter((error) => explained.has(error.eventId)).length * 2 > errors.length;
}

function describe(agentId: string, stretch: readonly Action[]): Finding {
  const [first, last] = [stretch[0]!, stretch.at(-1)!];
  const errors = stretch.flatMap((action) => action.error ?? []);
  const edits = stretch.filter(isEdit);
  const views = stretch.filter((action) => action.nature === 'view').length;
  const most = mostFrequent(stretch.map((action) => action.label));
  return {
    key: first.eventId,
    agentId,
    severity: stretch.length >= LONG_STRETCH ? 'high' : 'medium',
    title: `${agentId} made no progress over ${stretch.length} actions`,
    message:
      `From ${quoted(first.label)} to ${quoted(last.label)} there was no new file, no passing run after a change, no commit and ` +
      `no milestone: ${count(views, 'look-up')}, ${count(edits.length, 'edit')}${inFiles(edits.flatMap((edit) => edit.files))}, ` +
      `${count(errors.length, 'failure')}${errors.length > 0 ? ` (${listErrors(errors)})` : ''}. ` +
      `${most.times > 1 ? `${quoted(most.value)} alone came ${most.times} times. ` : ''}` +
      'The goal may be unclear or out of reach: give a hint, or start over from the last working state.',
    evidence: stretch.map((action) => action.eventId),
    figures: {
      actions: stretch.length,
      views,
      edits: edits.length,
      failures: errors.length,
      duration_ms: last.at - first.at,
    },
  };
}

function mostFrequent(values: readonly string[]): { value: string; times: number } {
  const times = new Map<string, number>();
  let best = { value: '', times: 0 };
  for (const value of values) {
    const now = (times.get(value) ?? 0) + 1;
    times.set(value, now);
    if (now > best.times) best = { value, times: now };
  }
  return best;
}
