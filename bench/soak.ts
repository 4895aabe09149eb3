import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Table from 'cli-table3';
import { Pool } from 'undici';
import { INITIALIZE, modernCall, type Shot } from './support/mcp/load.js';
import { Served } from './support/mcp/served.js';
import { BenchGateway, family, memoryMb } from './support/processes.js';

// Whether a gateway stays what it is: `npm run soak [-- minutes]`, 20 unless told. Sessions are opened and never
// closed, stdio upstreams die and come back, calls go on; memory and processes are looked at all the while.
const MINUTES = Number(process.argv[2] ?? 20);
const CALLS_PER_SECOND = 40;
const SESSIONS_PER_SECOND = 5;
const KILL_EVERY_MS = 10_000;
/** Sessions are forgotten well within the run, so that it is seen whether they are. */
const IDLE_SECONDS = '60';
const SAMPLES = 60;
/** What the last third of the run may hold more than the second one. */
const MOST_GROWTH = 0.1;
const STDIO = 'stdio-server.js';

interface Sample {
  readonly minute: number;
  readonly gatewayMb: number;
  readonly processes: number;
  readonly stdio: number;
  readonly calls: number;
  readonly failures: number;
  readonly sessions: number;
}

const commandOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
};

/** Processes of the gateway, without PostgreSQL's, which come and go with their connections. */
const ownFamily = (pid: number) => family(pid).filter((member) => !commandOf(member).startsWith('postgres'));
const stdioOf = (pid: number) => ownFamily(pid).filter((member) => commandOf(member).includes(STDIO));

class Load {
  calls = 0;
  failures = 0;
  sessions = 0;
  kills = 0;
  private over = false;
  private readonly pool: Pool;

  constructor(private readonly gateway: Served) {
    this.pool = new Pool(gateway.url, { connections: 32, pipelining: 1 });
  }

  async run(): Promise<void> {
    const shots = ['modern', 'legacy', 'one', 'two'].map((name) => modernCall(undefined, `${name}__bench_lookup`));
    let turn = 0;
    await Promise.all([
      this.every(1_000 / CALLS_PER_SECOND, () => this.call(shots[turn++ % shots.length]!)),
      this.every(1_000 / SESSIONS_PER_SECOND, () => this.openSession()),
      this.every(KILL_EVERY_MS, () => Promise.resolve(this.killOne())),
    ]);
    await this.pool.close();
  }

  stop(): void {
    this.over = true;
  }

  private async every(ms: number, act: () => Promise<void>): Promise<void> {
    const under = new Set<Promise<void>>();
    while (!this.over) {
      const one = act().catch(() => void this.failures++);
      under.add(one);
      void one.finally(() => under.delete(one));
      await delay(ms);
    }
    await Promise.all(under);
  }

  private async call({ headers, body }: Shot): Promise<void> {
    const answer = await this.pool.request({ method: 'POST', path: '/mcp', headers, body });
    this.calls++;
    if (!(await answer.body.text()).includes('matches')) this.failures++;
  }

  /** It calls once, and is never heard of again. */
  private async openSession(): Promise<void> {
    const opened = await this.pool.request({ method: 'POST', path: '/mcp/u/legacy', ...INITIALIZE });
    await opened.body.dump();
    const id = String(opened.headers['mcp-session-id']);
    const headers = { ...INITIALIZE.headers, 'mcp-session-id': id, 'mcp-protocol-version': '2025-11-25' };
    const params = { name: 'bench_lookup', arguments: { query: 'x' } };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
    const answer = await this.pool.request({ method: 'POST', path: '/mcp/u/legacy', headers, body });
    await answer.body.dump();
    this.sessions++;
  }

  private killOne(): void {
    const [victim] = stdioOf(this.gateway.pid);
    if (victim === undefined) return;
    process.kill(victim, 'SIGKILL');
    this.kills++;
  }
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The last third against the second one: what a gateway needs it has by the end of the first. */
function growth(samples: readonly Sample[], of: (sample: Sample) => number): number {
  const third = Math.floor(samples.length / 3);
  return mean(samples.slice(-third).map(of)) / mean(samples.slice(third, -third).map(of)) - 1;
}

async function settings(folder: string, servers: Served): Promise<Record<string, string>> {
  const stdio = {
    kind: 'stdio',
    command: process.execPath,
    args: [join(process.cwd(), 'dist/bench/support/mcp', STDIO)],
  };
  const upstreams = {
    modern: { kind: 'http', url: `${servers.url}/modern` },
    legacy: { kind: 'http', url: `${servers.url}/legacy`, era: 'legacy' },
    one: stdio,
    two: stdio,
  };
  const file = join(folder, 'upstreams.yaml');
  await writeFile(file, JSON.stringify({ upstreams }));
  return { UPSTREAMS_FILE: file, MCP_SESSION_IDLE_SECONDS: IDLE_SECONDS, AUTH_MODE: 'none' };
}

const folder = await mkdtemp(join(tmpdir(), 'achilles-soak-'));
await using store = await BenchGateway.start();
await using servers = await Served.printing('1', ['dist/bench/support/upstreams/servers.js']);
const { host, port, user, database } = store.connection;
const url = `postgres://${user}@/${database}?host=${encodeURIComponent(host)}&port=${port}`;
const environment = { ...(await settings(folder, servers)), DATABASE_URL: url };
await using gateway = await Served.gateway(environment, { backends: {}, tools: {} });
const load = new Load(gateway);
const working = load.run();
const samples: Sample[] = [];
for (let i = 1; i <= SAMPLES; i++) {
  await delay((MINUTES * 60_000) / SAMPLES);
  const { calls, failures, sessions } = load;
  samples.push({
    minute: Math.round((i / SAMPLES) * MINUTES * 100) / 100,
    gatewayMb: memoryMb(gateway.pid).gateway,
    processes: ownFamily(gateway.pid).length,
    stdio: stdioOf(gateway.pid).length,
    calls,
    failures,
    sessions,
  });
}
load.stop();
await working;

const table = new Table({ head: ['minute', 'MB', 'processes', 'of stdio', 'calls', 'failed', 'sessions opened'] });
const shown = samples.filter((_, index) => (index + 1) % (SAMPLES / 20) === 0);
for (const sample of shown) {
  const { minute, gatewayMb, processes, stdio, calls, failures, sessions } = sample;
  table.push([minute, gatewayMb.toFixed(1), processes, stdio, calls, failures, sessions]);
}
const memory = growth(samples, ({ gatewayMb }) => gatewayMb);
const most = Math.max(...samples.map(({ processes }) => processes));
const atFirst = Math.max(...samples.slice(0, SAMPLES / 3).map(({ processes }) => processes));
const flat = memory <= MOST_GROWTH && most <= atFirst;
process.stdout.write(
  `${table.toString()}\nmemory, last third against the second: ${(memory * 100).toFixed(1)} %; ` +
    `most processes ${most}, in the first third ${atFirst}; ${load.kills} processes killed; ` +
    `${flat ? 'flat' : 'NOT FLAT'}\n`,
);
await mkdir('bench/results', { recursive: true });
await writeFile('bench/results/soak.json', `${JSON.stringify({ minutes: MINUTES, flat, samples }, null, 2)}\n`);
await rm(folder, { recursive: true, force: true });
process.exitCode = flat ? 0 : 1;
