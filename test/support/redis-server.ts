import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { needProgram } from './programs.js';

/** A real Redis of a suite's own, which can be stopped, frozen, killed and started again. */
export class RedisServer implements AsyncDisposable {
  private child: ChildProcess | undefined;

  private constructor(
    private readonly folder: string,
    readonly port: number,
  ) {}

  static async start(): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), 'achilles-redis-'));
    const server = new RedisServer(folder, await freePort());
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it, again after `end`; resolves when it answers. */
  async start(): Promise<void> {
    const settings = ['--save', '', '--appendonly', 'no', '--bind', '127.0.0.1', '--dir', this.folder];
    this.child = spawn(needProgram('redis-server'), ['--port', String(this.port), ...settings], { stdio: 'ignore' });
    for (let tries = 0; tries < 200; tries++) {
      if ((await this.cli('ping').catch(() => '')) === 'PONG') return;
      await delay(25);
    }
    throw new Error('redis-server did not start');
  }

  /** What redis-cli prints. */
  async cli(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(needProgram('redis-cli'), ['-p', String(this.port), ...args]);
    return stdout.trimEnd();
  }

  /** Runs a line of a runbook in a shell, with redis-cli meaning this server. */
  async shell(line: string): Promise<string> {
    const here = line.replaceAll('redis-cli', `${needProgram('redis-cli')} -p ${this.port}`);
    return (await promisify(execFile)('/bin/sh', ['-c', here])).stdout.trimEnd();
  }

  /** SIGSTOP: it accepts connections, and answers nothing. SIGCONT: it goes on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.child!.kill(signal);
  }

  /** As an out-of-memory killer would. */
  async end(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
