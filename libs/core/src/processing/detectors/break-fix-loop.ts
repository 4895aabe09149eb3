import { type Action, changedSomething, isEdit, type Trace } from '../trace.js';
import type { Detector, Finding } from './detector.js';
import { count, inFiles, listErrors, quoted } from './wording.js';

const MIN_ROUNDS = 2;
const LONG_ROUNDS = 4;
/** A script that ran clean may still not do what is wanted: edited and failing again this soon, it is the same loop. */
const SAME_LOOP_ACTIONS = 10;

interface Loop {
  readonly check: string;
  readonly rounds: Action[];
  readonly edits: Action[];
  /** The run that passed after the last failing one. */
  passed: Action | null;
  /** Edits seen when the check last ran. */
  editsBefore: number;
}

/** Edit, failing run of one check, edit, failing run: the change does not come out right, or the check is not understood. */
export const breakFixLoop: Detector = {
  name: 'break-fix-loop',
  version: 1,
  category: 'quality',
  detect: (trace) =>
    findLoops(trace)
      .filter((loop) => loop.rounds.length >= MIN_ROUNDS)
      .map(describe),
};

function findLoops({ actions }: Trace): Loop[] {
  const open = new Map<string, Loop>();
  const loops: Loop[] = [];
  const edits = actions.filter((action) => isEdit(action) && changedSomething(action));
  let editsSeen = 0;
  for (const action of actions) {
    if (edits[editsSeen] === action) editsSeen++;
    if (action.check === null || action.status === 'unknown') continue;
    let loop = open.get(action.check);
    if (loop && isOver(loop, action)) loop = undefined;
    if (!loop && action.status === 'failed') {
      // Of what was edited earlier, only the last edit can have been made for this first run.
      loop = { check: action.check, rounds: [], edits: [], passed: null, editsBefore: Math.max(0, editsSeen - 1) };
      open.set(action.check, loop);
      loops.push(loop);
    }
    if (!loop) continue;
    const since = edits.slice(loop.editsBefore, editsSeen);
    loop.editsBefore = editsSeen;
    loop.edits.push(...since);
    if (action.status === 'passed') loop.passed ??= action;
    else if (since.length > 0) {
      loop.rounds.push(action);
      loop.passed = null;
    }
  }
  return loops;
}

/** A passing test settles the matter; a script that merely ended without an error does so after a while. */
function isOver({ passed }: Loop, now: Action): boolean {
  return passed !== null && (passed.settles || now.position - passed.position > SAME_LOOP_ACTIONS);
}

function describe({ check, rounds, edits, passed }: Loop): Finding {
  const errors = rounds.flatMap((run) => run.error ?? []);
  const agents = [...new Set(edits.flatMap((edit) => edit.agentId ?? []))];
  const long = rounds.length >= LONG_ROUNDS;
  return {
    key: rounds[0]!.eventId,
    agentId: agents.length === 1 ? agents[0]! : null,
    severity: passed ? (long ? 'medium' : 'low') : long ? 'high' : 'medium',
    title: `${quoted(check)} kept failing over ${rounds.length} rounds of edits${passed ? ', then passed' : ''}`,
    message:
      `${quoted(check)} failed ${rounds.length} times, each time after another edit${inFiles(edits.flatMap((edit) => edit.files))}: ` +
      `${listErrors(errors)}. ` +
      (passed
        ? `It passed in the end, after ${count(edits.length, 'edit')}; compare the first and the last of them to see what was missed.`
        : `It has not passed since: read the last error and the edit before it, the approach may be wrong rather than its details.`),
    evidence: [...edits, ...errors, ...(passed ? [passed] : [])]
      .sort((a, b) => a.at - b.at)
      .map((event) => event.eventId),
    figures: { check, failing_rounds: rounds.length, edits: edits.length, resolved: passed !== null },
  };
}
