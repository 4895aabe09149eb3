import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Pool } from 'undici';

const TICKS_PER_SECOND = 100;

/** CPU seconds that a process and its threads have used. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** This process, those that it started, those that they started, and so on. */
export function family(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const parent = Number(readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]!.split(' ')[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {
      // It ended in the meantime.
    }
  }
  const members = [pid];
  for (let i = 0; i < members.length; i++) members.push(...(children.get(members[i]!) ?? []));
  return members;
}

/**
 * Megabytes that a gateway and everything it started hold: the resident set of the gateway itself, which no other
 * process shares with it in production, and the proportional set of its PostgreSQL, whose processes share theirs.
 */
export function memoryMb(pid: number): { gateway: number; database: number } {
  const read = (member: number, field: 'Rss' | 'Pss') => {
    const text = readFileSync(`/proc/${member}/smaps_rollup`, 'utf8');
    return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0) / 1_024;
  };
  const others = family(pid).slice(1);
  return { gateway: read(pid, 'Rss'), database: others.reduce((sum, member) => sum + read(member, 'Pss'), 0) };
}

/** The built gateway in a process of its own, with a data folder of its own. */
export class BenchGateway implements AsyncDisposable {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    readonly dataDir: string,
    readonly startedInMs: number,
    private readonly keepData: boolean,
  ) {}

  static async start(given?: string): Promise<BenchGateway> {
    const dataDir = given ?? (await mkdtemp(join(tmpdir(), 'achilles-bench-')));
    const started = performance.now();
    const child = spawn(process.execPath, ['dist/apps/gateway/src/main.js'], {
      env: {
        PATH: process.env['PATH'],
        LOG_LEVEL: 'warn',
        PORT: '0',
        DATA_DIR: dataDir,
        AUDIT_FILE: join(dataDir, 'audit.jsonl'),
        RATE_LIMIT_RPM: '1000000000',
        RATE_LIMITS_FILE: 'bench/support/rate-limits.yaml',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface({ input: child.stdout })) {
      const url = /API (http:\/\/\S+) ·/.exec(line)?.[1];
      if (!url) continue;
      await fetch(`${url}/health`);
      return new BenchGateway(child, url, dataDir, performance.now() - started, given !== undefined);
    }
    throw new Error('the gateway did not start');
  }

  get pid(): number {
    return this.child.pid!;
  }

  get port(): string {
    return new URL(this.url).port;
  }

  /** Its PostgreSQL, for the baseline through the same driver. */
  get connection() {
    return { host: join(this.dataDir, 'postgres/run'), port: 5432, user: 'achilles', database: 'achilles' };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exited;
    if (!this.keepData) await rm(this.dataDir, { recursive: true, force: true });
  }
}

const pools = new Map<string, Pool>();

/** Sends a body that is serialised already; the client shall cost as little as it can. */
export async function post(url: string, body: Buffer | string): Promise<string> {
  return (await call(url, 'POST', body)).toString();
}

export async function get(url: string): Promise<string> {
  return (await getBytes(url)).toString();
}

/** The answer as it came: no text is made of it, whose collection would be measured as the server's. */
export function getBytes(url: string): Promise<Buffer> {
  return call(url, 'GET');
}

async function call(url: string, method: 'GET' | 'POST', body?: Buffer | string): Promise<Buffer> {
  const { origin, pathname, search } = new URL(url);
  let pool = pools.get(origin);
  if (!pool) pools.set(origin, (pool = new Pool(origin, { connections: 64, pipelining: 1 })));
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await pool.request({ method, path: pathname + search, body, headers });
  const answer = Buffer.from(await response.body.arrayBuffer());
  if (response.statusCode < 300) return answer;
  throw new Error(`${method} ${url}: ${response.statusCode} ${answer.toString('utf8', 0, 300)}`);
}

/** Runs `work` over the items, `lanes` at a time, and returns the seconds it took. */
export async function timed<Item>(
  items: readonly Item[],
  lanes: number,
  work: (item: Item) => Promise<unknown>,
): Promise<number> {
  const started = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      while (next < items.length) await work(items[next++]!);
    }),
  );
  return (performance.now() - started) / 1_000;
}

/** The value below which this share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}
