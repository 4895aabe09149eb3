import { createInterface } from 'node:readline';
import { EmbeddedPostgresError } from './embedded-postgres.errors.js';
import { endServer, settlesWithin } from './end-server.js';
import type { ServerHome } from './server-home.js';
import { spawnServer } from './spawn-server.js';

/** A running server. */
export interface Postmaster {
  /** Settles when it has ended, with how. */
  readonly exited: Promise<string>;
  stop(): Promise<void>;
}

/** What a start needs. */
export interface Launch {
  readonly home: ServerHome;
  readonly program: string;
  readonly args: readonly string[];
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

const READY = /database system is ready to accept connections/;
const HELD = /pre-existing shared memory block|lock file ".*" (already exists|is empty)/;
const FATAL = /FATAL|PANIC/;
const KEPT_LINES = 20;

/** A server that did not come up, and why, as far as it said. */
export class PostmasterFailed extends EmbeddedPostgresError {
  constructor(how: string, lastLines: readonly string[]) {
    const reason = lastLines.findLast((line) => FATAL.test(line)) ?? lastLines.at(-1) ?? 'it said nothing';
    super('server_failed', `The embedded PostgreSQL did not start (${how}): ${reason}`);
  }

  /** A server before this one has not let go of everything yet; that passes. */
  get heldByPredecessor(): boolean {
    return HELD.test(this.message);
  }
}

/**
 * Starts a server and waits until it takes connections, for as long as it lives: a recovery takes the time it takes,
 * and a server that is ended in the middle has to begin it again. Aborting `signal` ends it.
 */
export async function launchPostmaster({ home, program, args, log, signal }: Launch): Promise<Postmaster> {
  signal.throwIfAborted();
  const child = spawnServer(home, program, args);
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, killed) => resolve(killed ?? `exit code ${code}`));
  });
  const drained = new Promise((resolve) => child.once('close', resolve));
  const lastLines: string[] = [];
  const ready = new Promise<undefined>((resolve) => {
    createInterface({ input: child.stderr! }).on('line', (line) => {
      if (lastLines.push(line) > KEPT_LINES) lastLines.shift();
      if (READY.test(line)) resolve(undefined);
      log(line);
    });
  });
  let stopping: Promise<void> | undefined;
  const stop = () => (stopping ??= endServer((name) => child.kill(name), exited));
  const stopEarly = () => void stop();

  signal.addEventListener('abort', stopEarly, { once: true });
  const failure = await Promise.race([ready, exited]);
  signal.removeEventListener('abort', stopEarly);
  if (signal.aborted) {
    await stop();
    signal.throwIfAborted();
  }
  if (failure === undefined) return { exited, stop };
  // The exit may overtake the lines that explain it; backends that live on keep the pipe open.
  await settlesWithin(500, drained);
  throw new PostmasterFailed(failure, lastLines);
}
