import { setTimeout as delay } from 'node:timers/promises';

/** Fast shutdown; then immediate, which costs a recovery at the next start; then what cannot be ignored. */
const ESCALATION: readonly (readonly [NodeJS.Signals, number])[] = [
  ['SIGINT', 10_000],
  ['SIGQUIT', 6_000],
  ['SIGKILL', 2_000],
];

/** Ends a postmaster, ever less politely, until `gone` settles. */
export async function endServer(kill: (signal: NodeJS.Signals) => void, gone: Promise<unknown>): Promise<void> {
  for (const [signal, patience] of ESCALATION) {
    kill(signal);
    if (await settlesWithin(patience, gone)) return;
  }
}

/** Whether `promise` settles in time. */
export async function settlesWithin(milliseconds: number, promise: Promise<unknown>): Promise<boolean> {
  const clock = new AbortController();
  try {
    return await Promise.race([promise.then(() => true), delay(milliseconds, false, { signal: clock.signal })]);
  } finally {
    clock.abort();
  }
}

/** Signals a process, or with a negative number a process group, that may be gone already. */
export function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
