import { setTimeout as delay } from 'node:timers/promises';
import type { Postmaster } from './postmaster.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
/** A server that lived this long had no trouble starting: the next one may follow at once again. */
const STEADY_MS = 30_000;

/**
 * Starts a server again whenever it ends, at once the first time and then ever later, until `signal` is aborted; then
 * stops it. Settles when no server is left, and never rejects.
 */
export async function keepRunning(
  first: Postmaster,
  launch: () => Promise<Postmaster>,
  { log, signal }: { readonly log: (line: string) => void; readonly signal: AbortSignal },
): Promise<void> {
  const stopping = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  let server: Postmaster | undefined = first;
  let pause = 0;
  while (!signal.aborted) {
    if (server) {
      const since = performance.now();
      const how = await Promise.race([server.exited, stopping]);
      if (signal.aborted) break;
      if (performance.now() - since > STEADY_MS) pause = 0;
      log(`The embedded PostgreSQL ended (${how}); starting it again${pause ? ` in ${pause} ms` : ''}.`);
    }
    server = undefined;
    try {
      await delay(pause, undefined, { signal });
      pause = Math.min(Math.max(pause * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
      server = await launch();
    } catch (error) {
      if (!signal.aborted) log(`${(error as Error).message} Next try in ${pause} ms.`);
    }
  }
  await server?.stop();
}
