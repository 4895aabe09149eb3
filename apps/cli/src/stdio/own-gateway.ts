import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ExpectedFailure } from '../expected-failure.js';
import type { Output } from '../terminal.js';
import { linesIn } from './lines.js';

/** A gateway that lives as long as its client. */
export interface OwnGateway {
  readonly url: URL;
  stop(): Promise<void>;
}

// Seen from dist/apps/cli/src/stdio, where this runs.
const MAIN = fileURLToPath(new URL('../../../gateway/src/main.js', import.meta.url));
const ROOT = fileURLToPath(new URL('../../../../../', import.meta.url));
/** Ends the gateway when whoever started it is gone, even by SIGKILL: the pipe to its stdin closes. */
const LEASH = "process.stdin.on('end', () => process.kill(process.pid, 'SIGTERM')).resume().unref();";
const STOP_MS = 20_000;

/** Starts a gateway on a free port of the loopback, with the settings and data of `npm start`, and waits until it serves. */
export async function startGateway(
  settings: Readonly<Record<string, string | undefined>>,
  log: Output,
): Promise<OwnGateway> {
  const leash = `data:text/javascript,${encodeURIComponent(LEASH)}`;
  const child = spawn(process.execPath, ['--enable-source-maps', '--import', leash, MAIN], {
    cwd: ROOT,
    env: { ...settings, HOST: '127.0.0.1', PORT: '0' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stderr.on('data', (chunk: Buffer) => log.write(chunk.toString()));
  const exited = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await exited;
    clearTimeout(late);
  };
  for await (const line of linesIn(child.stdout)) {
    log.write(`${line}\n`);
    const url = /\bAPI (https?:\/\/[^/\s]+)\//.exec(line)?.[1];
    if (!url) continue;
    child.stdout.resume();
    return { url: new URL(url), stop };
  }
  throw new ExpectedFailure('The gateway could not be started; what it said stands above.');
}
