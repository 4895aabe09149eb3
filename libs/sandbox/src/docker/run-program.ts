import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { ContainerPlan } from './container-of.js';
import type { Containers } from './containers.js';
import type { EndCause, ProgramEnd } from './program-end.js';
import { ProgramOutput } from './program-output.js';

/** What the engine takes to tell of an end. */
const GRACE_MS = 100;

export interface ProgramBounds {
  readonly timeoutMs: number;
  /** Bytes of what is told, and of what is kept of the logs. */
  readonly most: number;
  readonly signal: AbortSignal;
}

/** What a program's answer begins with: nothing that it could write by accident. */
export const newMark = () => `\n\u001e${randomBytes(16).toString('hex')} `;

/** Runs one of our programs in a container of its own, to its end. @throws as Containers.start */
export async function runProgram(
  containers: Containers,
  plan: ContainerPlan,
  input: Readonly<Record<string, unknown>>,
  bounds: ProgramBounds,
): Promise<ProgramEnd> {
  const running = await containers.start(plan, bounds.signal);
  try {
    return await converse(running.stream, () => running.gone, input, bounds);
  } finally {
    running.stream.destroy();
    const removed = containers.remove(running.id);
    // Of what comes next, something may need the volumes for itself; a run's caller need not wait.
    if (plan.kind !== 'run') await removed.then(() => running.gone).catch(() => undefined);
  }
}

/**
 * Tells a program its input, and listens until it has told its answer or has come to an end.
 * @param exitCode asked for once the output has ended
 */
export async function converse(
  stream: Duplex,
  exitCode: () => Promise<number>,
  input: Readonly<Record<string, unknown>>,
  { timeoutMs, most, signal }: ProgramBounds,
): Promise<ProgramEnd> {
  const mark = newMark();
  const output = new ProgramOutput(mark, most);
  const startedAt = performance.now();
  const end = Promise.withResolvers<EndCause>();
  const timer = setTimeout(() => end.resolve('timeout'), timeoutMs + GRACE_MS);
  const onAbort = () => end.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    stream.on('data', (piece: Buffer) => {
      const state = output.take(piece);
      if (state !== 'open') end.resolve(state);
    });
    stream.on('end', () => end.resolve('exited'));
    stream.on('close', () => end.resolve('exited'));
    stream.write(`${JSON.stringify({ ...input, mark })}\n`);
    const cause = await end.promise;
    const durationMs = Math.round(performance.now() - startedAt);
    // An engine that went away ends every stream, too: then this is where it is noticed.
    const code = cause === 'exited' ? { exitCode: await exitCode() } : {};
    return { cause, told: output.told, ...code, durationMs, logs: output.lines() };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
