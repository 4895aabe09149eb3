import { existsSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { parseEnv } from 'node:util';
import { ExpectedFailure } from './expected-failure.js';
import { createProgram, USUAL_ADDRESS } from './program.js';

// Seen from dist/apps/cli/src, where this runs.
const manifest = new URL('../../../../package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown'; // a container may run under a number that has no name
  }
}

/** The gateway's own `.env`, read from where it would read it: whoever sits beside it need not name its files again. */
const gatewayFile = () => (existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {});

// `achilles insights … | head` closes the pipe: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

/** Aborted when this process is asked to end. */
function signalled(): AbortSignal {
  const ended = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => ended.abort());
  return ended.signal;
}

try {
  const program = createProgram({
    version,
    defaultUser: userName(),
    terminal: process,
    exit: (code) => (process.exitCode = code),
    settings: { ...gatewayFile(), ...process.env },
    desk: { stdin: process.stdin, editor: process.env['VISUAL'] || process.env['EDITOR'] || 'vi' },
    stdio: () => ({
      stdin: process.stdin,
      stdout: process.stdout,
      stderr: process.stderr,
      environment: process.env,
      ended: signalled(),
      usual: USUAL_ADDRESS,
    }),
  });
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof ExpectedFailure)) throw error;
  process.stderr.write(`achilles: ${error.message}\n`);
  process.exitCode = 1;
}
