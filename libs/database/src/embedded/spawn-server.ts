import { type ChildProcess, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { EmbeddedPostgresError } from './embedded-postgres.errors.js';
import { signalIfThere } from './end-server.js';
import type { ServerHome } from './server-home.js';

/**
 * Spawns one of PostgreSQL's programs as the server's user, with the home as file number 3. Detached: a Ctrl-C in the
 * terminal is for the gateway, which still needs its server while it finishes; and `/` is a folder all users can enter.
 */
export function spawnServer(home: ServerHome, program: string, args: readonly string[], input = false): ChildProcess {
  return spawn(program, args, {
    ...home.user,
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    detached: true,
    stdio: [input ? 'pipe' : 'ignore', 'ignore', 'pipe', home.descriptor],
  });
}

/** Runs a program of PostgreSQL's to its end, or throws with what it said. */
export async function runTool(
  home: ServerHome,
  [program, ...args]: readonly [string, ...string[]],
  { input = '', signal }: { readonly input?: string; readonly signal: AbortSignal },
): Promise<void> {
  signal.throwIfAborted();
  const child = spawnServer(home, program, args, true);
  // It may end without reading, or not begin at all: its exit tells, not the broken pipe.
  child.stdin!.on('error', () => undefined).end(input);
  // With its group: initdb has children that would go on writing.
  const kill = () => child.pid && signalIfThere(-child.pid, 'SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  const exit = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, killed) => resolve(code === 0 ? undefined : `${killed ?? `exit code ${code}`}`));
  });
  const [failure, said] = await Promise.all([exit, text(child.stderr!).catch(() => '')]);
  signal.removeEventListener('abort', kill);
  signal.throwIfAborted();
  if (failure === undefined) return;
  throw new EmbeddedPostgresError('server_failed', `${program} failed (${failure}): ${said.trim()}`);
}
