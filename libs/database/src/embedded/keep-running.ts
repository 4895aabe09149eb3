import { setTimeout as delay } from 'node:timers/promises';
import type { Postmaster } from './postmaster.js';

const FIRST_PAUSE_MS = 100;
/** Reached only by starts that fail one after the other: a server that was ready once may follow soon. */
const LONGEST_PAUSE_MS = 10_000;
/** A server that lived this long is followed at once. */
const STEADY_MS = 10_000;

/**
 * Starts a server again whenever it ends, and ever later while starting it fails, until `signal` is aborted; then stops
 * it. Settles when no server is left, and never rejects.
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
      pause = performance.now() - since > STEADY_MS ? 0 : FIRST_PAUSE_MS;
      log(`The embedded PostgreSQL ended (${how}); starting it again${pause ? ` in ${pause} ms` : ''}.`);
    }
    server = undefined;
    try {
      await delay(pause, undefined, { signal });
      server = await launch();
    } catch (error) {
      pause = Math.min(Math.max(pause * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
      if (!signal.aborted) log(`${(error as Error).message} Next try in ${pause} ms.`);
    }
  }
  await server?.stop();
}
