import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { installPackages } from './installed.js';

const SOURCES = 'test/upstreams';

/** Where each package's program is, from the folder they are installed in. */
const PROGRAMS = {
  everything: '@modelcontextprotocol/server-everything/dist/index.js',
  filesystem: '@modelcontextprotocol/server-filesystem/dist/index.js',
  memory: '@modelcontextprotocol/server-memory/dist/index.js',
  'sequential-thinking': '@modelcontextprotocol/server-sequential-thinking/dist/index.js',
  brightdata: '@brightdata/mcp/server.js',
} as const;
export type ReferenceServer = keyof typeof PROGRAMS;

/** A program of a reference server, as an absolute path. It runs by `process.execPath`. */
export async function referenceServer(name: ReferenceServer): Promise<string> {
  const folder = await installPackages(SOURCES, 'test-upstreams');
  return resolve(folder, 'node_modules', PROGRAMS[name]);
}

/** The entry of a stdio upstream that runs a reference server: `everything`, or the Bright Data package, and so on. */
export async function stdioEntry(
  name: ReferenceServer,
  args: readonly string[] = [],
): Promise<{ readonly kind: 'stdio'; readonly command: string; readonly args: string[] }> {
  return { kind: 'stdio', command: process.execPath, args: [await referenceServer(name), ...args] };
}

const PATHS = { streamableHttp: '/mcp', sse: '/sse' } as const;

/** The server `everything` on a port of its own of this machine. It speaks the handshake eras only, with sessions. */
export class EverythingServer implements AsyncDisposable {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(transport: keyof typeof PATHS): Promise<EverythingServer> {
    const program = await referenceServer('everything');
    const child = fork(program, [transport], {
      env: { PATH: process.env['PATH'], PORT: '0' },
      execArgv: ['--import', resolve(join(SOURCES, 'on-loopback.mjs'))],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_096)));
    const port = await new Promise<number>((started, failed) => {
      child.once('message', (message: { port: number }) => started(message.port));
      child.once('exit', () => failed(new Error(`everything gave up: ${said}`)));
    });
    return new EverythingServer(child, `http://127.0.0.1:${port}${PATHS[transport]}`);
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
