import type { EventType } from '#core/signals/event.js';
import type { RecordedEvent } from './analysis.js';
import type { Call } from './call.js';
import { filesInError } from './files.js';
import { objectIn, outputOf, ownCopy, textIn } from './payload.js';
import { recogniseFailure } from './recognise-failure.js';
import type { Finding } from './signatures/signature.js';

export interface Failure {
  readonly type: string;
  /** The line that says what is wrong, at most 500 characters. */
  readonly text: string;
  /** Files that the error names, the one that raised it first. */
  readonly files: readonly string[];
  /** The call itself was refused, so nothing before it need be the cause. */
  readonly refused: boolean;
}

export type Outcome =
  { readonly status: 'passed' | 'unknown' } | { readonly status: 'failed'; readonly failure: Failure };

const MAX_TEXT = 500;
const FAILED_STATUS = /^(?:failed|failure|error|errored|timeout|timed_out|fatal|red|rejected)$/i;
const PASSED_STATUS = /^(?:passed|pass|success|succeeded|successful|ok|green)$/i;
/** Exit code 1 is how these say "no": nothing found, or not the same. */
const ANSWERS_BY_EXIT_CODE = new Set([
  'grep',
  'egrep',
  'fgrep',
  'rg',
  'ag',
  'diff',
  'cmp',
  'test',
  '[',
  'which',
  'pgrep',
]);
const TYPE_BY_EXIT_CODE: Readonly<Record<number, string>> = {
  124: 'TimeoutError',
  126: 'PermissionDenied',
  127: 'CommandNotFound',
  134: 'ProcessKilled',
  137: 'ProcessKilled',
  139: 'SegmentationFault',
};
const TYPE_BY_EVENT: Readonly<Partial<Record<EventType, string>>> = {
  test_run: 'TestFailure',
  build_run: 'BuildFailure',
  lint_run: 'LintFailure',
  ci_status: 'CiFailure',
};
const UNKNOWN: Outcome = { status: 'unknown' };
const PASSED: Outcome = { status: 'passed' };

/** What came of a call, from its result or from the action event itself when that carries its outcome. */
export function decideOutcome(event: RecordedEvent, call: Call | null): Outcome {
  const said = statedOutcome(event.payload, call);
  const output = outputOf(event);
  const isResult = event.eventType === 'tool_result';
  if (said === 'unknown' && output === '' && !isResult) return UNKNOWN;
  if (said === 'passed' && !call?.hidesExit) return PASSED;
  const problem = textIn(event.payload, 'error') ?? textIn(objectIn(event.payload, 'error'), 'message');
  const text = problem ?? output;
  // What is known to have failed shows no file content, whatever it was meant to show.
  const found = recogniseFailure(
    text,
    said === 'failed' && call?.nature !== 'submit' ? 'run' : (call?.nature ?? 'other'),
  );
  if (said !== 'failed') return found ? failed(found, text) : PASSED;
  return failed(found ?? { type: fallbackType(event, call), text: lastLine(text) || statement(event, call) }, text);
}

/** An explicit error event: it has failed by being there. */
export function describeError(event: RecordedEvent): Failure {
  const { payload } = event;
  const error = objectIn(payload, 'error') ?? payload;
  const stack = textIn(error, 'stack') ?? '';
  const message = textIn(error, 'message') ?? textIn(payload, 'error') ?? event.rawMessage ?? stack;
  const found = recogniseFailure(message, 'run') ?? recogniseFailure(stack, 'run');
  const named = ['error_type', 'name', 'type'].map((key) => textIn(error, key)).find((name) => name !== null);
  const text = found?.text ?? (lastLine(message) || 'error without a message');
  const failure = describe({ type: named ?? found?.type ?? 'Error', text }, `${message}\n${stack}`);
  return event.filePath === null ? failure : { ...failure, files: [ownCopy(event.filePath, 300), ...failure.files] };
}

/** What the sender says came of it. `is_error: false` is no proof: many tools set it whatever the command did. */
function statedOutcome(payload: RecordedEvent['payload'], call: Call | null): 'failed' | 'passed' | 'unknown' {
  const exitCode = payload?.['exit_code'];
  if (exitCode === 1 && call && ANSWERS_BY_EXIT_CODE.has(call.verb)) return 'unknown';
  if (typeof exitCode === 'number') return exitCode === 0 ? 'passed' : 'failed';
  if (payload?.['is_error'] === true || payload?.['success'] === false) return 'failed';
  const status = textIn(payload, 'conclusion') ?? textIn(payload, 'status') ?? '';
  if (FAILED_STATUS.test(status) || textIn(payload, 'error') !== null || objectIn(payload, 'error') !== null)
    return 'failed';
  return payload?.['success'] === true || PASSED_STATUS.test(status) ? 'passed' : 'unknown';
}

function failed(finding: Finding, output: string): Outcome {
  return { status: 'failed', failure: describe(finding, output) };
}

function describe(finding: Finding, output: string): Failure {
  return {
    type: ownCopy(finding.type, 80),
    text: ownCopy(finding.text, MAX_TEXT),
    files: filesInError(output.slice(-16_000)).map((file) => ownCopy(file, 300)),
    refused: finding.refused ?? false,
  };
}

function fallbackType(event: RecordedEvent, call: Call | null): string {
  const byCode = TYPE_BY_EXIT_CODE[Number(event.payload?.['exit_code'])];
  if (byCode) return byCode;
  const byEvent = TYPE_BY_EVENT[event.eventType];
  if (byEvent) return byEvent;
  switch (call?.nature) {
    case 'edit':
    case 'create':
      return 'EditRejected';
    case 'submit':
      return 'RejectedSubmission';
    case 'run':
      return call.settles ? 'TestFailure' : 'CommandFailed';
    default:
      return call?.tool ? 'ToolError' : 'CommandFailed';
  }
}

/** For a failure that printed nothing: which call it was, so that such failures of different calls stay apart. */
function statement({ payload }: RecordedEvent, call: Call | null): string {
  const exitCode = payload?.['exit_code'];
  const said = typeof exitCode === 'number' ? `exit code ${exitCode}` : 'failed without a message';
  return call === null ? said : `${call.label}: ${said}`;
}

function lastLine(text: string): string {
  const tail = text.slice(-2_000).trimEnd();
  return tail.slice(tail.lastIndexOf('\n') + 1).trim();
}
