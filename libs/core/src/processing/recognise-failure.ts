import type { Nature } from './call.js';
import { buildTool, compileError } from './signatures/compilers.js';
import { editRejected } from './signatures/edit-rejected.js';
import { crash, javascriptStack, lastWord, pythonTraceback, rustPanic } from './signatures/runtime.js';
import { processEnd, shellRefusal } from './signatures/shell.js';
import { anyLine, atEdges, type Finding, type Signature } from './signatures/signature.js';
import { allTestsPassed, testFailure, testSummary } from './signatures/test-runs.js';

const HEAD = 8_000;
const TAIL = 16_000;
const MAX_LINE = 2_000;

/** No signature can match a text without one of these; most outputs are dismissed here, in one pass. */
const HINT =
  /error|exception|traceback|fail|fatal|panic|timed out|not found|no such|denied|not permitted|directory|can't|segmentation|killed|aborted|instruction|not ok|option|argument|flag|wrong|incorrect|invalid|rejected|conflict|not been applied|undefined|replacement|hunk|unexpected|not exist|\.go:\d|\.rb:\d|exists|: [EF]\d{3}|\*\*\*|ERR!|build stopped|out of memory|\u2716|\u25cf|Unhandled|curl: \(/i;

// oxlint-disable-next-line no-control-regex -- terminal colours start with the escape character
const ESCAPE_CODES = /\u001b\[[0-9;]{0,20}[A-Za-z]/g;

// What a viewer or an editor prints is the content of files; only its first line can be its own complaint.
const refusedAtStart = atEdges(shellRefusal, 1, 0);
const rejectedSubmission = atEdges(
  anyLine([{ line: /^(?:wrong|incorrect|invalid|rejected)\b/i, type: 'RejectedSubmission', refused: true }]),
  1,
  0,
);

/** In order: what names the problem before what only counts or reports it. */
const OF_A_RUN: readonly Signature[] = [
  editRejected,
  testFailure,
  pythonTraceback,
  javascriptStack,
  rustPanic,
  crash,
  compileError,
  testSummary,
  processEnd,
  buildTool,
  atEdges(shellRefusal, 3, 5),
  atEdges(lastWord, 1, 2),
];

const SIGNATURES: Readonly<Record<Nature, readonly Signature[]>> = {
  run: OF_A_RUN,
  change: OF_A_RUN,
  edit: [editRejected, refusedAtStart],
  create: [editRejected, refusedAtStart],
  remove: [refusedAtStart],
  view: [refusedAtStart],
  submit: [rejectedSubmission, refusedAtStart],
  other: [editRejected, refusedAtStart, atEdges(lastWord, 1, 0)],
};

/** Whether an output is that of a failure, by what the action was: the same words mean less in a file that was opened. */
export function recogniseFailure(output: string, nature: Nature): Finding | null {
  const text = output.length > HEAD + TAIL ? `${output.slice(0, HEAD)}\n${output.slice(-TAIL)}` : output;
  if (!HINT.test(text)) return null;
  const lines = text
    .replace(ESCAPE_CODES, '')
    .split(/\r?\n/)
    .map((line) => line.slice(0, MAX_LINE));
  if (nature === 'run' && allTestsPassed(lines)) return null;
  for (const signature of SIGNATURES[nature]) {
    const found = signature(lines);
    if (found) return found;
  }
  return null;
}
