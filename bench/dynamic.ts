import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'undici';
import { DEFINITION, TOOL } from './support/mcp/answers.js';
import { modern, modernCall } from './support/mcp/load.js';
import { inTurn, median } from './support/mcp/rounds.js';
import { Served } from './support/mcp/served.js';
import { BenchGateway, quantile } from './support/processes.js';
import type { Figure } from './support/report.js';
import { storeTools } from './support/stored-tools.js';

const RUNS = 2_000;
const WARM_UP_RUNS = 500;
const LANES = 16;
const SECONDS = 10;
const STORED = 10_000;
const LISTS = 100;
const CHANGES = 20;
/** What tenants a gateway has whose callers need no token: theirs, and others. */
const OWN_TENANT = 'default';

/** No authentication, nothing recorded as signals, and limits that nobody meets. */
const P0 = {
  AUTH_MODE: 'none',
  CAPTURE_TOOL_CALLS: 'false',
  MCP_DYNAMIC_MAX_TOOLS: '10000',
  MCP_TOOL_MAX_CONCURRENCY: '1000',
  MCP_TOOL_MAX_CALLS_PER_WINDOW: '1000000',
};

const ADDING = {
  name: 'bench_add',
  description: 'Adds.',
  inputSchema: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } } },
  code: 'return { total: args.a + args.b };',
};

/** Sends, and reads all of the answer. @throws when it is no success, or has not this in it */
async function send(pool: Pool, path: string, headers: object, body: string, proof = ''): Promise<string> {
  const answer = await pool.request({
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  const text = await answer.body.text();
  if (answer.statusCode < 300 && text.includes(proof)) return text;
  throw new Error(`POST ${path}: ${answer.statusCode} ${text.slice(0, 300)}`);
}

/** A call of a tool over REST, again and again. */
const caller = (pool: Pool, tool: string, args: object, proof: string) => {
  const body = JSON.stringify({ arguments: args });
  return () => send(pool, `/v1/tools/${tool}/call`, {}, body, proof);
};

/** Milliseconds of each of so many, one after the other. */
async function timesOf(work: () => Promise<unknown>, count: number): Promise<number[]> {
  const times: number[] = [];
  while (times.length < count) {
    const started = performance.now();
    await work();
    times.push(performance.now() - started);
  }
  return times;
}

/** A small function that is run: how long one takes, against a tool that does nothing, and how many there are in a second. */
async function runs(): Promise<Figure[]> {
  await using gateway = await Served.gateway(P0, { backends: {}, tools: {} }, '0,1');
  const pool = new Pool(gateway.url, { connections: LANES, pipelining: 1 });
  await send(pool, '/v1/dynamic-tools', {}, JSON.stringify(ADDING));
  const run = caller(pool, ADDING.name, { a: 20, b: 22 }, '42');
  const echo = caller(pool, 'dev.echo', { message: 'hello' }, 'hello');
  await timesOf(run, WARM_UP_RUNS);
  await timesOf(echo, WARM_UP_RUNS);
  const ran: number[] = [];
  const echoed: number[] = [];
  for (let round = 0; round < 4; round++) {
    echoed.push(...(await timesOf(echo, RUNS / 4)));
    ran.push(...(await timesOf(run, RUNS / 4)));
  }
  const rate = await rateOf(run);
  const rateOfNothing = await rateOf(echo);
  await pool.close();
  return [
    ...([0.5, 0.99] as const).map((share) => ({
      name: `a warm run, one at a time, p${share * 100}, against dev.echo`,
      value: quantile(ran, share),
      unit: 'ms',
      baseline: quantile(echoed, share),
      target: { value: share === 0.5 ? 3 : 10, at: 'most' as const },
    })),
    {
      name: `runs on two cores, ${LANES} at a time, against dev.echo`,
      value: rate,
      unit: 'runs/s',
      baseline: rateOfNothing,
      target: { value: 300, at: 'least' },
    },
  ];
}

/** How many are answered in a second, so many at a time. */
async function rateOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  const until = started + SECONDS * 1_000;
  let done = 0;
  const lane = async () => {
    while (performance.now() < until) {
      await work();
      done++;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return done / ((performance.now() - started) / 1_000);
}

/** A gateway with a catalogue of one tool beside so many stored ones of each tenant. */
async function gatewayWith(
  folder: string,
  upstream: Served,
  tenants: readonly string[],
  each: number,
): Promise<Served> {
  {
    await using maker = await BenchGateway.start(folder);
    if (each > 0) await storeTools(maker.connection, tenants, each);
  }
  const { name: _, ...terms } = DEFINITION;
  const tool = { ...terms, tier: 'bronze', backend: 'bench', path: '/lookup', timeout_seconds: 10, idempotent: true };
  const catalogue = { backends: { bench: { url: upstream.url } }, tools: { [TOOL]: tool } };
  return Served.gateway({ ...P0, DATA_DIR: folder }, catalogue);
}

interface Listed {
  readonly pages: number[];
  readonly wholes: number[];
}

/** Milliseconds of pages, and of lists read to their end. @throws when not all of them are listed */
async function listed(pool: Pool, expected: number, count: number): Promise<Listed> {
  const pages: number[] = [];
  const wholes: number[] = [];
  while (wholes.length < count) {
    const started = performance.now();
    let cursor: string | undefined;
    let stored = 0;
    do {
      const asked = performance.now();
      const { headers, body } = modern('tools/list', cursor === undefined ? {} : { cursor });
      const text = await send(pool, '/mcp', headers, body);
      pages.push(performance.now() - asked);
      const { result } = JSON.parse(text) as { result: { tools: { name: string }[]; nextCursor?: string } };
      cursor = result.nextCursor;
      stored += result.tools.filter(({ name }) => name.startsWith('stored_')).length;
    } while (cursor !== undefined);
    if (stored < expected) throw new Error(`of ${expected} stored tools ${stored} were listed`);
    wholes.push(performance.now() - started);
  }
  return { pages, wholes };
}

/** Milliseconds of the first page after a tool is another, when every list has to be made again. */
async function afterChanges(pool: Pool): Promise<number[]> {
  const { headers, body } = modern('tools/list', {});
  const name = 'stored_00001';
  const times: number[] = [];
  for (let i = 0; i < CHANGES; i++) {
    await send(pool, `/v1/dynamic-tools/${name}/${i % 2 === 0 ? 'disable' : 'enable'}`, {}, '{}');
    const started = performance.now();
    await send(pool, '/mcp', headers, body);
    times.push(performance.now() - started);
  }
  return times;
}

async function lists(gateway: Served, what: string, seen: number): Promise<Figure[]> {
  const pool = new Pool(gateway.url, { connections: 1 });
  await listed(pool, seen, 5);
  const { pages, wholes } = await listed(pool, seen, LISTS);
  const changed = await afterChanges(pool);
  await pool.close();
  const target = { value: 50, at: 'most' } as const;
  return [
    { name: `tools/list, ${what}, a page, p50`, value: quantile(pages, 0.5), unit: 'ms' },
    { name: `tools/list, ${what}, a page, p95`, value: quantile(pages, 0.95), unit: 'ms', target },
    { name: `tools/list, ${what}, all ${seen}, p95`, value: quantile(wholes, 0.95), unit: 'ms', target },
    { name: `tools/list, ${what}, first page after a change, p95`, value: quantile(changed, 0.95), unit: 'ms', target },
  ];
}

/** Ten thousand tools in PostgreSQL, of one tenant or of forty: how long lists take, and what another tool's calls cost. */
async function stored(): Promise<Figure[]> {
  const others = Array.from({ length: 39 }, (_, i) => `tenant-${i}`);
  const folders = await Promise.all([0, 1, 2].map(() => mkdtemp(join(tmpdir(), 'achilles-bench-dynamic-'))));
  try {
    await using upstream = await Served.upstream('1');
    await using none = await gatewayWith(folders[0]!, upstream, [], 0);
    await using one = await gatewayWith(folders[1]!, upstream, [OWN_TENANT], STORED);
    await using forty = await gatewayWith(folders[2]!, upstream, [OWN_TENANT, ...others], STORED / 40);
    const rounds = await inTurn([
      { name: 'none', served: none, shot: modernCall() },
      { name: 'one', served: one, shot: modernCall() },
      { name: 'forty', served: forty, shot: modernCall() },
    ]);
    const cpu = (name: string) => median(rounds.get(name)!, 'cpu');
    const cost = (name: string, what: string): Figure => ({
      name: `CPU of another tool's call, with ${what}, against none`,
      value: cpu(name),
      unit: 'µs',
      baseline: cpu('none'),
      target: { ratio: 1.05, at: 'most' },
    });
    return [
      cost('one', '10 000 tools of its tenant'),
      cost('forty', '250 tools of each of 40 tenants'),
      ...(await lists(one, '10 000 of one tenant', STORED)),
      ...(await lists(forty, '250 of each of 40 tenants', STORED / 40)),
    ];
  } finally {
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
  }
}

/** Tools that are made while the gateway is up: what a run takes, and what it costs that there are many. */
export async function benchDynamic(): Promise<Figure[]> {
  const figures: Figure[] = [];
  execFileSync('taskset', ['-a', '-cp', '1', String(process.pid)], { stdio: 'ignore' });
  process.stderr.write('bench: dynamic, stored\n');
  figures.push(...(await stored()));
  execFileSync('taskset', ['-a', '-cp', '0,1', String(process.pid)], { stdio: 'ignore' });
  process.stderr.write('bench: dynamic, runs\n');
  figures.push(...(await runs()));
  return figures;
}
