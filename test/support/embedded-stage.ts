import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { EmbeddedPostgres, type PostgresConnection } from '#database/embedded/embedded-postgres.js';

/** A gateway in a process of its own. */
export interface GatewayProcess {
  readonly child: ChildProcess;
  /** Undefined when it gave up; `said` then tells why. */
  readonly connection: Promise<PostgresConnection | undefined>;
  said(): string;
}

/** What one test has opened; all of it is closed and removed by `clear`. */
export class EmbeddedStage {
  readonly #folders: string[] = [];
  readonly #servers: EmbeddedPostgres[] = [];
  readonly #children: ChildProcess[] = [];
  readonly lines: string[] = [];

  async folder(): Promise<string> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'embedded-postgres-test-')));
    this.#folders.push(folder);
    return folder;
  }

  server(dataDir: string): EmbeddedPostgres {
    const server = new EmbeddedPostgres({ dataDir, log: (line) => this.lines.push(line) });
    this.#servers.push(server);
    return server;
  }

  gateway(dataDir: string, ids: { uid?: number; gid?: number } = {}): GatewayProcess {
    const script = fileURLToPath(new URL('./embedded-gateway.js', import.meta.url));
    const child = spawn(process.execPath, [script, dataDir], { ...ids, stdio: ['ignore', 'pipe', 'pipe'], env: {} });
    this.#children.push(child);
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const first = once(createInterface({ input: child.stdout }), 'line').then(
      ([line]) => JSON.parse(line as string) as PostgresConnection,
    );
    return { child, connection: Promise.race([first, once(child, 'close').then(() => undefined)]), said: () => said };
  }

  /** A process of no interest to anybody, which lives until `clear`. */
  async stranger(ids: { uid?: number; gid?: number } = {}): Promise<ChildProcess> {
    const child = spawn('/bin/sleep', ['600'], { ...ids, cwd: '/', stdio: 'ignore' });
    this.#children.push(child);
    await once(child, 'spawn');
    return child;
  }

  async clear(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.stop()));
    await Promise.all(this.#children.map((child) => kill(child)));
    await Promise.all(this.#folders.map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 5 })));
  }
}

/** Kills a child as an out-of-memory killer would, and waits until it is gone. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** One statement on a connection of its own. */
export async function query(connection: PostgresConnection, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(connection);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Tries until it works: what a client of a server that restarts has to do. */
export async function eventually<T>(attempt: () => Promise<T> | T, milliseconds = 15_000): Promise<T> {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(20);
    }
  }
}

/** The server's process, as its own lock file names it. */
export async function postmasterOf(dataDir: string): Promise<number> {
  const pid = Number.parseInt(await readFile(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8'), 10);
  if (!(pid > 1)) throw new Error('no postmaster yet');
  return pid;
}

/** Zombies count as gone: who reaps an orphan is not our affair. */
export async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat !== undefined && !/\) [ZX] /.test(stat);
}
