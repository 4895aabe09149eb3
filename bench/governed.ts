import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import autocannon from 'autocannon';
import { IdentityProvider } from '../test/support/identity-provider.js';
import { RedisServer } from '../test/support/redis-server.js';
import { cpuSeconds, quantile } from './support/processes.js';
import type { Figure } from './support/report.js';

const ROUNDS = 5;
const SECONDS = 4;
const CONNECTIONS = 50;

/** The arguments of a small tool call. */
const BODY = JSON.stringify({ id: 1, query: 'x'.repeat(256) });

/** A server of the route that does nothing, in a process of its own. */
class EchoServer implements AsyncDisposable {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(kind: 'bare' | 'governed', environment: Readonly<Record<string, string>>): Promise<EchoServer> {
    const child = spawn(process.execPath, ['dist/bench/support/echo-server.js', kind], {
      env: { PATH: process.env['PATH'], ...environment },
      // The log goes where a container's goes, to a pipe or file; here to nobody.
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    for await (const line of createInterface({ input: child.stdout })) {
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
    return ((cpuSeconds(this.child.pid!) - before) / result.requests.total) * 1e6;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exited;
  }
}

/**
 * What governance costs: a route that does nothing, as Nest alone serves it and as the gateway does, to a caller whose
 * token (of a real provider) is remembered, with limits counted in a real Redis, a chained audit record, metrics and a
 * log line. CPU of the server's process per request; rounds alternate.
 */
export async function benchGoverned(): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'achilles-bench-'));
  await using provider = await IdentityProvider.start();
  await using redis = await RedisServer.start();
  await using bare = await EchoServer.start('bare', {});
  await using governed = await EchoServer.start('governed', {
    ...provider.settings,
    DATA_DIR: folder,
    AUDIT_FILE: join(folder, 'audit.jsonl'),
    AUDIT_MAX_FILE_BYTES: String(2 ** 30),
    REDIS_URL: redis.url,
    RATE_LIMIT_RPM: '1000000000',
    RATE_LIMITS_FILE: 'bench/support/rate-limits.yaml',
  });
  const caller = { authorization: `Bearer ${await provider.token()}` };
  await bare.cost({}, 2);
  await governed.cost(caller, 2);
  const costs: { bare: number[]; governed: number[] } = { bare: [], governed: [] };
  for (let round = 0; round < ROUNDS; round++) {
    costs.bare.push(await bare.cost({}));
    costs.governed.push(await governed.cost(caller));
  }
  await rm(folder, { recursive: true, force: true });
  const [floor, whole] = [quantile(costs.bare, 0.5), quantile(costs.governed, 0.5)];
  return [
    { name: 'governed request, CPU', value: whole, unit: 'µs', baseline: floor },
    {
      name: 'governed request, CPU beyond the bare Nest route',
      value: whole - floor,
      unit: 'µs',
      target: { value: 45, at: 'most' },
    },
  ];
}
