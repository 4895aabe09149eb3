import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FAULTS } from '../test/support/misbehaving-upstream.js';
import { listing, modernCall, openLoop } from './support/mcp/load.js';
import { inTurn, median, type Way } from './support/mcp/rounds.js';
import { Served } from './support/mcp/served.js';
import { BenchGateway, quantile } from './support/processes.js';
import type { Figure } from './support/report.js';
import { during } from './support/upstreams/neighbours.js';

const UPSTREAMS = 20;
const NEIGHBOUR_RATE = 200;
const NEIGHBOUR_SECONDS = 5;
const FAULTS_PER_SECOND = 20;
const SUPPORT = 'dist/bench/support/upstreams';

/** No authentication, and nothing recorded as signals. */
const P0 = { AUTH_MODE: 'none', CAPTURE_TOOL_CALLS: 'false' };

interface Stage {
  readonly servers: Served;
  readonly settings: Readonly<Record<string, string>>;
  readonly folder: string;
  /** Of all times; below one for a look at whether it works. */
  readonly scale: number;
}

let files = 0;

/** A gateway before these upstreams. Its tools have their own names, unless an entry says otherwise. */
async function before(stage: Stage, upstreams: Readonly<Record<string, object>>): Promise<Served> {
  const file = join(stage.folder, `upstreams-${++files}.yaml`);
  const entries = Object.entries(upstreams).map(([name, entry]) => [name, { kind: 'http', prefix: '', ...entry }]);
  // JSON is YAML.
  await writeFile(file, JSON.stringify({ upstreams: Object.fromEntries(entries) }));
  return Served.gateway({ ...P0, ...stage.settings, UPSTREAMS_FILE: file }, { backends: {}, tools: {} });
}

/** Waits until a call is answered as it should be. @returns milliseconds */
async function firstCall({ url }: Served, shot = modernCall()): Promise<number> {
  const began = performance.now();
  for (;;) {
    const answer = await fetch(`${url}/mcp`, { method: 'POST', ...shot });
    if ((await answer.text()).includes('matches')) return performance.now() - began;
    if (performance.now() - began > 30_000) throw new Error('no call was answered within 30 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function calls(stage: Stage): Promise<Figure[]> {
  const { servers, scale } = stage;
  await using equal = await Served.upstream('0');
  await using upstream = await Served.upstream('1');
  await using forwarder = await Served.forwarder(upstream.url);
  await using modern = await before(stage, { bench: { url: `${upstream.url}/mcp`, era: 'modern' } });
  await using legacy = await before(stage, { bench: { url: `${servers.url}/legacy`, era: 'legacy' } });
  for (const gateway of [modern, legacy]) await firstCall(gateway);
  const shot = modernCall();
  const ways: Way[] = [
    { name: 'equal', served: equal, shot },
    { name: 'forwarder', served: forwarder, shot },
    { name: 'modern', served: modern, shot },
    { name: 'legacy', served: legacy, shot },
  ];
  const rounds = await inTurn(ways, scale);
  const cpu = (name: string) => median(rounds.get(name)!, 'cpu');
  return [
    { name: 'an equal MCP server, direct, CPU per call', value: cpu('equal'), unit: 'µs' },
    { name: 'the forwarder, CPU per call', value: cpu('forwarder'), unit: 'µs' },
    {
      name: 'P0 through an upstream of 2026-07-28, CPU per call, against the forwarder',
      value: cpu('modern'),
      unit: 'µs',
      baseline: cpu('forwarder'),
      target: { value: 110, at: 'most' },
    },
    {
      name: 'P0 through an upstream of 2025-11-25, CPU per call, against the forwarder',
      value: cpu('legacy'),
      unit: 'µs',
      baseline: cpu('forwarder'),
    },
  ];
}

async function lists(stage: Stage): Promise<Figure[]> {
  const entries = Array.from({ length: UPSTREAMS }, (_, n) => [`u${n}`, { url: `${stage.servers.url}/many/${n}` }]);
  await using gateway = await before(stage, Object.fromEntries(entries) as Record<string, object>);
  const all = Math.max(5, Math.round(200 * stage.scale));
  for (let tries = 0; ; tries++) {
    try {
      await listing(gateway, 1);
      break;
    } catch (error) {
      if (tries > 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  await listing(gateway, Math.round(all / 10));
  return [
    {
      name: `tools/list of 1 000 tools of ${UPSTREAMS} upstreams, whole, warm, p95`,
      value: quantile(await listing(gateway, all), 0.95),
      unit: 'ms',
      target: { value: 20, at: 'most' },
    },
  ];
}

/** From the start of the process to the first answer that came through an upstream, while another one says nothing. */
async function coldStart(stage: Stage): Promise<Figure[]> {
  const { url } = stage.servers;
  const others = Array.from({ length: UPSTREAMS - 2 }, (_, n) => [`u${n}`, { url: `${url}/many/${n}` }]);
  const entries = { ...Object.fromEntries(others), dead: { url: `${url}/dead` }, bench: { url: `${url}/modern` } };
  const times: number[] = [];
  for (let i = 0; i < Math.max(1, Math.round(5 * stage.scale)); i++) {
    const began = performance.now();
    await using gateway = await before(stage, entries);
    await firstCall(gateway);
    times.push(performance.now() - began);
  }
  return [
    {
      name: `cold start with ${UPSTREAMS} upstreams, one of them dead, to the first call`,
      value: quantile(times, 0.5),
      unit: 'ms',
      target: { value: 2_000, at: 'most' },
    },
  ];
}

/** What a good upstream's callers notice of another one that misbehaves. */
async function neighbours(stage: Stage): Promise<Figure[]> {
  await using bad = await Served.printing('1', [join(SUPPORT, 'misbehaving.js')]);
  await using gateway = await before(stage, {
    bench: { url: `${stage.servers.url}/modern` },
    bad: { url: bad.url, prefix: 'bad', timeout_seconds: 1 },
  });
  await firstCall(gateway);
  const seconds = Math.max(1, NEIGHBOUR_SECONDS * stage.scale);
  const good = () => openLoop(gateway, modernCall(), NEIGHBOUR_RATE, seconds);
  await good();
  const refused: number[] = [];
  const figures: Figure[] = [];
  for (const fault of Object.keys(FAULTS).filter((name) => name !== 'echo')) {
    const alone = await good();
    const { result, trouble } = await during(gateway, `bad__${fault}`, FAULTS_PER_SECOND, good);
    refused.push(...trouble.refusedMs);
    figures.push({
      name: `a good upstream, p99, while another does: ${fault} (${trouble.calls} calls)`,
      value: quantile(result, 0.99),
      unit: 'ms',
      baseline: quantile(alone, 0.99),
      target: { ratio: 1.2, at: 'most' },
    });
  }
  return [
    ...figures,
    {
      name: `answer while the breaker is open, p99 of ${refused.length}`,
      value: quantile(refused, 0.99),
      unit: 'ms',
      target: { value: 5, at: 'most' },
    },
  ];
}

/** Calls and lists through other people's servers. @param scale of all times; below one for a look at whether it works */
export async function benchUpstreams(scale = 1): Promise<Figure[]> {
  execFileSync('taskset', ['-a', '-cp', '1', String(process.pid)], { stdio: 'ignore' });
  const folder = await mkdtemp(join(tmpdir(), 'achilles-bench-upstreams-'));
  await using store = await BenchGateway.start();
  await using servers = await Served.printing('1', [join(SUPPORT, 'servers.js')]);
  const { host, port, user, database } = store.connection;
  const settings = {
    DATABASE_URL: `postgres://${user}@/${database}?host=${encodeURIComponent(host)}&port=${port}`,
  };
  const figures: Figure[] = [];
  for (const part of [calls, lists, coldStart, neighbours]) {
    process.stderr.write(`bench: upstreams, ${part.name}\n`);
    figures.push(...(await part({ servers, settings, folder, scale })));
  }
  await rm(folder, { recursive: true, force: true });
  return figures;
}
