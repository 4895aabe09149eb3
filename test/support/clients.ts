import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installPackages, whole } from './installed.js';
import { needProgram } from './programs.js';

const run = promisify(execFile);

const SOURCES = 'test/clients';
const FASTMCP = 'fastmcp==4.1.0';

/** What a client is to do: list the tools, and call one. */
export interface Target {
  readonly url: string;
  readonly token?: string;
  readonly era?: 'legacy' | 'auto' | 'modern';
  readonly tool: string;
  readonly arguments: object;
  /** Of clients that start a program and speak with it. */
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** What a client saw. */
export interface Seen {
  readonly tools: readonly string[];
  readonly text: string;
  /** The revision that was agreed on, of clients that tell. */
  readonly version?: string;
}

/** Clients of others that run on Node.js. */
export async function installClients(): Promise<string> {
  const folder = await installPackages(SOURCES, 'test-clients');
  // Modules are looked for from where a script is, so they stand beside what was installed.
  await cp(SOURCES, folder, { recursive: true, filter: (path) => !/package(-lock)?\.json$|\.npmrc$/.test(path) });
  return folder;
}

/** A Python with FastMCP. */
export async function installPython(): Promise<string> {
  const folder = join('.achilles/test-clients', FASTMCP.replace('==', '-'));
  await whole(folder, async (unfinished) => {
    process.stderr.write(`installing ${FASTMCP} (pip)\n`);
    await run(needProgram('python3'), ['-m', 'venv', unfinished]).catch((error: Error) => {
      throw new Error('this test needs Python’s venv: install python3-venv', { cause: error });
    });
    await run(join(unfinished, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', FASTMCP]);
  });
  return join(folder, 'bin', 'python');
}

/** Runs a script of `test/clients` and returns what it printed. @throws with what it wrote to stderr when it fails */
export async function runClient(script: string, target: Target): Promise<Seen> {
  const folder = await installClients();
  const program = script.endsWith('.py') ? await installPython() : process.execPath;
  const env = { PATH: process.env['PATH'], HOME: folder };
  const { stdout } = await run(program, [join(folder, script), JSON.stringify(target)], { env, timeout: 80_000 });
  return JSON.parse(stdout) as Seen;
}
