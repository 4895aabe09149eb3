import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { cpuSeconds, family } from '../processes.js';

const SUPPORT = 'dist/bench/support/mcp';

/** A process under measurement, on the core of its own; what is around it has the other. */
export class Served implements AsyncDisposable {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    private readonly folder?: string,
  ) {}

  get pid(): number {
    return this.child.pid!;
  }

  get cpu(): number {
    return cpuSeconds(this.pid);
  }

  /** The HTTP backend, and at /mcp an MCP server equal to what the gateway is before it. */
  static upstream(cores: string): Promise<Served> {
    return Served.printing(cores, [join(SUPPORT, 'upstream.js')]);
  }

  static forwarder(upstream: string): Promise<Served> {
    return Served.printing('0', [join(SUPPORT, 'forwarder.js'), upstream]);
  }

  /** A proxy of npm, before the least MCP server over stdin and stdout that there is. */
  static async proxy(arguments_: (port: number, server: readonly string[]) => readonly string[]): Promise<Served> {
    const port = 20_000 + Math.floor(Math.random() * 20_000);
    const server = ['taskset', '-c', '1', process.execPath, join(process.cwd(), SUPPORT, 'stdio-server.js')];
    const child = spawn('taskset', ['-c', '0', process.execPath, ...arguments_(port, server)], { stdio: 'ignore' });
    const url = `http://127.0.0.1:${port}`;
    for (let tries = 0; tries < 100; tries++) {
      if (await fetch(`${url}/mcp`, { method: 'DELETE' }).catch(() => undefined)) return new Served(child, url);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error('the proxy did not start');
  }

  /** @param cores as taskset has them @param tools of its catalogue */
  static async gateway(
    settings: Readonly<Record<string, string>>,
    tools: object,
    cores = '0',
    flags: readonly string[] = [],
  ): Promise<Served> {
    const folder = mkdtempSync(join(tmpdir(), 'achilles-bench-mcp-'));
    const catalogue = join(folder, 'tools.yaml');
    // JSON is YAML.
    await writeFile(catalogue, JSON.stringify(tools));
    const args = ['-c', cores, process.execPath, ...flags, 'dist/apps/gateway/src/main.js'];
    const child = spawn('taskset', args, {
      env: {
        PATH: process.env['PATH'],
        PORT: '0',
        DATA_DIR: folder,
        AUDIT_FILE: join(folder, 'audit.jsonl'),
        RATE_LIMIT_RPM: '1000000000',
        RATE_LIMITS_FILE: 'bench/support/rate-limits.yaml',
        TOOLS_FILE: catalogue,
        ...settings,
      },
      stdio: ['ignore', 'pipe', openSync(join(folder, 'log'), 'w')],
    });
    const url = await printed(child, /API (http:\/\/[^/]+)/);
    // Its PostgreSQL is no part of what a call costs the gateway.
    if (cores === '0') {
      for (const pid of family(child.pid!).slice(1)) execFileSync('taskset', ['-a', '-cp', '1', String(pid)]);
    }
    return new Served(child, url, folder);
  }

  /** Any program that prints its address. */
  static async printing(cores: string, args: readonly string[]): Promise<Served> {
    const child = spawn('taskset', ['-c', cores, process.execPath, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    return new Served(child, await printed(child, /(http:\S+)/));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exited;
    if (this.folder) await rm(this.folder, { recursive: true, force: true });
  }
}

async function printed(child: ChildProcess, pattern: RegExp): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const url = pattern.exec(line)?.[1];
    if (url) return url;
  }
  throw new Error('the server did not start');
}
