import type { CorrelationDraft } from './analysis.js';
import { sameFile, shareFile } from './files.js';
import { type Action, changedSomething, type Trace, type TracedError } from './trace.js';

/** How far back a cause is looked for. */
export const WINDOW_ACTIONS = 20;
export const WINDOW_MS = 15 * 60_000;

const BASE = { agent: 0.7, human: 0.5 } as const;
// Together they tell three cases apart: the action touched the file that raised the error (0.9 and more for an agent), a
// file that the error only passed through (less than 0.85), or neither (less than 0.8).
const RAISED_IN_FILE = 0.2;
const NAMED_FILE = 0.05;
const RECENCY = 0.09;
const MAX_CONFIDENCE = 0.99;

type Side = keyof typeof BASE;

export interface Correlation {
  readonly cause: Action;
  readonly error: TracedError;
  readonly type: 'agent_action_caused_error' | 'human_action_preceded_error' | 'rejected_edit';
  readonly confidence: number;
  readonly fileMatch: boolean;
}

/** Relates each error to at most one action of an agent and one of a human; a look back is bounded, so this is linear. */
export function correlate(trace: Trace): Correlation[] {
  return trace.errors.flatMap((error) =>
    (['agent', 'human'] as const).flatMap((side) => causeOf(error, side, trace.actions) ?? []),
  );
}

function causeOf(error: TracedError, side: Side, actions: readonly Action[]): Correlation | null {
  // An action that carries its own outcome is one event with it: nothing is its own cause.
  const own = error.action?.actor === side && error.action.eventId !== error.eventId ? error.action : null;
  if (own && isRefusal(error)) return refusal(own, error, side);
  const last = (error.action?.position ?? error.actionsBefore) - 1;
  let best: Correlation | null = null;
  let fallback = own;
  for (let i = last; i >= 0 && i > last - WINDOW_ACTIONS; i--) {
    const action = actions[i]!;
    if (error.at - action.at > WINDOW_MS) break;
    if (action.actor !== side) continue;
    // An error that came on its own is most likely that of the last thing that was run.
    if (error.action === null && action.nature !== 'view') fallback ??= action;
    if (!changedSomething(action)) continue;
    const candidate = judge(action, error, side, (last - i) / WINDOW_ACTIONS);
    // A refused call fails for a reason of its own, unless somebody changed the very file.
    if (isRefusal(error) && !candidate.fileMatch) continue;
    if (!best || candidate.confidence > best.confidence) best = candidate;
  }
  return (
    best ?? (fallback && { cause: fallback, error, type: typeFor(side), confidence: BASE[side], fileMatch: false })
  );
}

/** Nothing ran, so the reason is the call itself: a rejected edit, a wrong path, an unknown option. */
function isRefusal(error: TracedError): boolean {
  return error.refused || (error.action !== null && !['run', 'change', 'other'].includes(error.action.nature));
}

function refusal(cause: Action, error: TracedError, side: Side): Correlation {
  const type = ['edit', 'create'].includes(cause.nature) && side === 'agent' ? 'rejected_edit' : typeFor(side);
  return { cause, error, type, confidence: score(side, RAISED_IN_FILE, 0), fileMatch: cause.files.length > 0 };
}

function judge(cause: Action, error: TracedError, side: Side, age: number): Correlation {
  const raisedIn = error.files.slice(0, 1).some((file) => cause.files.some((other) => sameFile(file, other)));
  const fileMatch = raisedIn || shareFile(error.files, cause.files);
  const confidence = score(side, raisedIn ? RAISED_IN_FILE : fileMatch ? NAMED_FILE : 0, age);
  return { cause, error, type: typeFor(side), confidence, fileMatch };
}

function score(side: Side, file: number, age: number): number {
  return Math.min(MAX_CONFIDENCE, Number((BASE[side] + file + RECENCY * (1 - age)).toFixed(3)));
}

const typeFor = (side: Side) => (side === 'agent' ? 'agent_action_caused_error' : 'human_action_preceded_error');

/** As it is stored. */
export function toDraft({ cause, error, type, confidence, fileMatch }: Correlation): CorrelationDraft {
  return {
    cause_event_id: cause.eventId,
    effect_event_id: error.eventId,
    effect_at: error.at,
    correlation_type: type,
    confidence,
    time_delta_ms: Math.max(0, error.at - cause.at),
    file_match: fileMatch,
    metadata: {
      error_type: error.type,
      action: cause.label,
      agent_id: cause.agentId,
      files: cause.files,
      own_outcome: error.action === cause,
    },
  };
}
