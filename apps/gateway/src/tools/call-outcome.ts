import type { Decision } from '#audit/audit-record.js';
import { AppError } from '#errors/app-error.js';
import { isInputRequired } from './tool.js';
import type { ToolCallEnd } from './tool-request.js';

/** How calls end, as metrics have it. */
export const OUTCOMES = [
  'ok',
  'tool_error',
  'input_required',
  'refused',
  'limited',
  'busy',
  'circuit_open',
  'unavailable',
  'upstream_error',
  'timed_out',
  'cancelled',
  'failed',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** By the error's code. */
const OF_ERRORS: ReadonlyMap<string, Outcome> = new Map([
  ['rate_limited', 'limited'],
  ['guard_rejection', 'busy'],
  ['circuit_open', 'circuit_open'],
  ['backend_unavailable', 'unavailable'],
  ['upstream_response', 'upstream_error'],
  ['invalid_result', 'upstream_error'],
  ['upstream_rpc_error', 'upstream_error'],
  ['tool_timeout', 'timed_out'],
  ['call_cancelled', 'cancelled'],
]);

/** As records have it. */
export const DECISION_OF: Readonly<Record<Outcome, Decision>> = {
  ok: 'granted',
  input_required: 'granted',
  tool_error: 'failed',
  refused: 'refused',
  limited: 'limited',
  busy: 'limited',
  circuit_open: 'failed',
  unavailable: 'failed',
  upstream_error: 'failed',
  timed_out: 'timed_out',
  cancelled: 'cancelled',
  failed: 'failed',
};

export function outcomeOf({ answer, error }: ToolCallEnd): Outcome {
  if (answer) return isInputRequired(answer) ? 'input_required' : answer.isError === true ? 'tool_error' : 'ok';
  if (!(error instanceof AppError)) return 'failed';
  return OF_ERRORS.get(error.code) ?? (error.status < 500 ? 'refused' : 'failed');
}

/** Why a call did not end well, by the name that bodies and the runbook have for it. */
export function reasonOf({ answer, error }: ToolCallEnd): string | null {
  if (answer) return !isInputRequired(answer) && answer.isError === true ? 'ToolError' : null;
  if (!(error instanceof AppError)) return 'internal_error';
  const { error: name = error.code, guard } = error.details.members ?? {};
  return guard === undefined ? String(name) : `${name}: ${guard}`;
}
