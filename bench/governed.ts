import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import autocannon from 'autocannon';
import { IdentityProvider } from '../test/support/identity-provider.js';
import { RedisServer } from '../test/support/redis-server.js';
import { cpuSeconds, quantile } from './support/processes.js';
import type { Figure } from './support/report.js';

const ROUNDS = 15;
const SECONDS = 2;
const CONNECTIONS = 50;

/** The arguments of a small tool call. */
const BODY = JSON.stringify({ id: 1, query: 'x'.repeat(256) });

/** A server of the route that does nothing, in a process of its own. */
class EchoServer implements AsyncDisposable {
  private requests = 0;

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(
    kind: 'bare' | 'governed',
    environment: Readonly<Record<string, string>>,
    log: number | 'ignore' = 'ignore',
  ): Promise<EchoServer> {
    // A core of its own: the load generator, the provider and Redis have the other.
    const command = ['-c', '0', process.execPath, 'dist/bench/support/echo-server.js', kind];
    const child = spawn('taskset', command, {
      env: { PATH: process.env['PATH'], ...environment },
      stdio: ['ignore', 'pipe', log],
    });
    for await (const line of createInterface({ input: child.stdout! })) {
      if (line.startsWith('http')) return new EchoServer(child, line);
    }
    throw new Error(`the ${kind} server did not start`);
  }

  /** Microseconds of CPU that one request costs this process under load; every answer must be a 200. */
  async cost(headers: Readonly<Record<string, string>>, seconds = SECONDS): Promise<number> {
    const before = cpuSeconds(this.child.pid!);
    const result = await autocannon({
      url: `${this.url}/echo`,
      method: 'POST',
      connections: CONNECTIONS,
      duration: seconds,
      headers: { 'content-type': 'application/json', ...headers },
      body: BODY,
    });
    if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx + result.errors} requests failed`);
    this.requests += result.requests.total;
    return ((cpuSeconds(this.child.pid!) - before) / result.requests.total) * 1e6;
  }

  /** Fails unless every request was counted by Redis and recorded. */
  async proveRecords(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const metrics = await (await fetch(`${this.url}/metrics`)).text();
    const valueOf = (name: string) => Number(new RegExp(`^${name} (.+)$`, 'm').exec(metrics)?.[1]);
    const recorded = valueOf('achilles_audit_records_total');
    const uncounted = valueOf('achilles_rate_limit_failed_open_total');
    if (recorded < this.requests || uncounted !== 0) {
      throw new Error(`of ${this.requests} requests ${recorded} were recorded, ${uncounted} went uncounted`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exited;
  }
}

const governedSettings = (provider: IdentityProvider, redis: RedisServer, folder: string) => ({
  ...provider.settings,
  DATA_DIR: folder,
  AUDIT_FILE: join(folder, 'audit.jsonl'),
  REDIS_URL: redis.url,
  SESSION_KEY: randomBytes(32).toString('base64'),
  RATE_LIMIT_RPM: '1000000000',
  RATE_LIMITS_FILE: 'bench/support/rate-limits.yaml',
});

/**
 * What governance costs: a route that does nothing, as Nest alone serves it and as the gateway does, to a caller whose
 * token (of a real provider) is remembered, with limits counted in a real Redis, a chained audit record, metrics and a
 * log line. CPU of the server's process per request; rounds alternate.
 */
export async function benchGoverned(): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'achilles-bench-'));
  execFileSync('taskset', ['-a', '-cp', '1', String(process.pid)], { stdio: 'ignore' });
  await using provider = await IdentityProvider.start();
  await using redis = await RedisServer.start();
  await using bare = await EchoServer.start('bare', {});
  const log = await open(join(folder, 'log'), 'w');
  const governed = await EchoServer.start('governed', governedSettings(provider, redis, folder), log.fd);
  const caller = { authorization: `Bearer ${await provider.token()}` };
  await bare.cost({}, 2);
  await governed.cost(caller, 2);
  const rounds: { floor: number; whole: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push({ floor: await bare.cost({}), whole: await governed.cost(caller) });
  }
  await governed.proveRecords();
  await governed[Symbol.asyncDispose]();
  await log.close();
  await rm(folder, { recursive: true, force: true });
  const median = (of: (round: (typeof rounds)[number]) => number) => quantile(rounds.map(of), 0.5);
  return [
    {
      name: 'governed request, CPU',
      value: median(({ whole }) => whole),
      unit: 'µs',
      baseline: median(({ floor }) => floor),
    },
    {
      name: 'governed request, CPU beyond the bare Nest route',
      // Of neighbouring rounds: the machine's own mood changes within a minute.
      value: median(({ whole, floor }) => whole - floor),
      unit: 'µs',
      target: { value: 45, at: 'most' },
    },
  ];
}
