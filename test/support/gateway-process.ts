import { mkdtemp, rm } from 'node:fs/promises';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { API_BASE } from '#gateway/http/base-path.js';
import { Api } from './api.js';
import { SESSION_KEY } from './session-key.js';

const QUIET = {
  LOG_LEVEL: 'fatal',
  PORT: '0',
  RATE_LIMIT_RPM: '1000000000',
  RATE_LIMITS_FILE: 'none',
  SESSION_KEY,
};

/** The gateway as its user starts it: a process of its own, that can be killed. */
export class GatewayProcess implements AsyncDisposable {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    readonly api: Api,
    private readonly written: { text: string },
    private readonly folder: string,
  ) {}

  get pid(): number {
    return this.child.pid!;
  }

  /** What it has written to standard error so far. */
  get log(): string {
    return this.written.text;
  }

  /** The lines of its log so far. */
  said(): { readonly context: string; readonly msg: string }[] {
    const lines = this.log.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}'));
    return lines.map((line) => JSON.parse(line) as { context: string; msg: string });
  }

  /** Resolves when the gateway says that it is ready; rejects with what it said when it gives up. */
  static async start(environment: Readonly<Record<string, string>>): Promise<GatewayProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'achilles-process-'));
    const child = spawn(process.execPath, ['dist/apps/gateway/src/main.js'], {
      env: {
        PATH: process.env['PATH'],
        ...QUIET,
        DATA_DIR: folder,
        AUDIT_FILE: join(folder, 'audit.jsonl'),
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const written = { text: '' };
    child.stderr.on('data', (chunk: Buffer) => (written.text += chunk.toString()));
    for await (const line of createInterface({ input: child.stdout })) {
      const url = /API (https?:\/\/\S+?)\/api\//.exec(line)?.[1];
      if (url) return new GatewayProcess(child, url, new Api(`${url}/${API_BASE}`), written, folder);
    }
    await rm(folder, { recursive: true });
    throw new Error(`the gateway gave up: ${written.text}`);
  }

  /** Ends the process and returns how: its exit code, or the signal. */
  async end(signal: NodeJS.Signals): Promise<number | string | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const exited = once(this.child, 'close') as Promise<[number | null, string | null]>;
    this.child.kill(signal);
    const [code, by] = await exited;
    await rm(this.folder, { recursive: true, force: true });
    return code ?? by;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGTERM');
  }
}
