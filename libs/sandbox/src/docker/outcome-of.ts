import type { FaultKind, RunFault, RunOutcome } from '../sandbox.js';
import { isDeeperThan } from '../json-depth.js';
import type { ProgramEnd } from './program-end.js';

const MOST_DEPTH = 64;
const MOST_WORDS = 2_000;
const KILLED = 137;
const HEAP = 'JavaScript heap out of memory';

/** What a program may say of itself. */
const TOLD_KINDS: readonly FaultKind[] = ['thrown', 'stalled', 'invalid_result', 'result_too_large'];

interface Bounds {
  /** Bytes. */
  readonly most: number;
  readonly timeoutMs: number;
}

/** What a run answers. What the program told is the word of code that nobody trusts: every member is looked at. */
export function outcomeOf(end: ProgramEnd, bounds: Bounds): RunOutcome {
  const { durationMs, logs } = end;
  const told = end.cause === 'told' ? toldOutcome(end.told, bounds) : faultOf(end, bounds);
  return 'kind' in told ? { ok: false, error: told, durationMs, logs } : { ok: true, ...told, durationMs, logs };
}

function toldOutcome(json: string, { most }: Bounds): RunFault | { readonly result: unknown } {
  // One level is ours. Looked at before it is parsed: nothing here may recurse into it.
  if (isDeeperThan(json, MOST_DEPTH + 1)) {
    return { kind: 'invalid_result', message: `What it returns is more than ${MOST_DEPTH} levels deep.` };
  }
  const told = parsed(json);
  if (told?.['ok'] === true && 'result' in told) {
    const bytes = Buffer.byteLength(JSON.stringify(told['result']));
    return bytes > most ? tooLarge(most) : { result: told['result'] };
  }
  const { kind, message } = (told?.['error'] ?? {}) as { readonly kind?: unknown; readonly message?: unknown };
  if (typeof message !== 'string' || !TOLD_KINDS.includes(kind as FaultKind)) {
    return { kind: 'invalid_result', message: 'What it returns is not JSON.' };
  }
  return { kind: kind as FaultKind, message: message.slice(0, MOST_WORDS) };
}

function faultOf({ cause, exitCode, logs }: ProgramEnd, { most, timeoutMs }: Bounds): RunFault {
  if (cause === 'timeout') return { kind: 'timeout', message: `It took longer than ${timeoutMs} ms.` };
  if (cause === 'too_large') return tooLarge(most);
  if (cause === 'flood') return { kind: 'crashed', message: `It wrote far more than the ${most} bytes that are kept.` };
  if (exitCode === KILLED || logs.some((line) => line.includes(HEAP))) {
    return { kind: 'out_of_memory', message: 'It took more memory than it may.' };
  }
  return { kind: 'crashed', message: `The process ended with code ${exitCode ?? 'unknown'} before it returned.` };
}

const tooLarge = (most: number): RunFault => ({
  kind: 'result_too_large',
  message: `What it returns is larger than ${most} bytes.`,
});

function parsed(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
