import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { installClients } from '../test/support/clients.js';
import { IdentityProvider } from '../test/support/identity-provider.js';
import { RedisServer } from '../test/support/redis-server.js';
import { DEFINITION, TOOL } from './support/mcp/answers.js';
import {
  closedLoop,
  INITIALIZE,
  legacyCall,
  listing,
  many,
  modernCall,
  openLoop,
  type Shot,
} from './support/mcp/load.js';
import { inTurn, median, type Round, SECONDS, WARM_UP_SECONDS, type Way } from './support/mcp/rounds.js';
import { Served } from './support/mcp/served.js';
import { BenchGateway, memoryMb, quantile } from './support/processes.js';
import type { Figure } from './support/report.js';

const SESSIONS = 100_000;

/** No authentication, and nothing recorded as signals. */
const P0 = { AUTH_MODE: 'none', CAPTURE_TOOL_CALLS: 'false' };

const { name: _name, ...terms } = DEFINITION;

const tool = { ...terms, tier: 'bronze', backend: 'bench', path: '/lookup', timeout_seconds: 10, idempotent: true };

/** A catalogue of one tool, and as many that are only listed. */
const catalogue = (upstream: Served, more = 0) => ({
  backends: { bench: { url: upstream.url } },
  tools: Object.fromEntries(
    [TOOL, ...Array.from({ length: more }, (_, i) => `bench_${i}`)].map((name) => [name, tool]),
  ),
});

/** Through the gateway and its likes. */
async function calls(upstream: Served, provider: IdentityProvider): Promise<Figure[]> {
  const clients = resolve(await installClients(), 'node_modules');
  const equal = await Served.upstream('0');
  const forwarder = await Served.forwarder(upstream.url);
  const mcpProxy = await Served.proxy((port, server) => {
    const options = ['--port', String(port), '--host', '127.0.0.1', '--server', 'stream', '--'];
    return [join(clients, 'mcp-proxy/dist/bin/mcp-proxy.mjs'), ...options, ...server];
  });
  const supergateway = await Served.proxy((port, server) => {
    const options = ['--outputTransport', 'streamableHttp', '--stateful', '--port', String(port), '--logLevel', 'none'];
    return [join(clients, 'supergateway/dist/index.js'), '--stdio', server.join(' '), ...options];
  });
  const open = await Served.gateway(P0, catalogue(upstream));
  const governed = await Served.gateway({ ...provider.settings }, catalogue(upstream));
  const ways: Way[] = [
    { name: 'equal', served: equal, shot: modernCall() },
    { name: 'forwarder', served: forwarder, shot: modernCall() },
    { name: 'mcp-proxy', served: mcpProxy, shot: modernCall() },
    { name: 'supergateway', served: supergateway, shot: await legacyCall(supergateway), connections: 1 },
    { name: 'P0', served: open, shot: modernCall() },
    { name: 'P0 in a session', served: open, shot: await legacyCall(open), connections: 1 },
    { name: 'P2', served: governed, shot: modernCall(await provider.token()) },
  ];
  const rounds = await inTurn(ways);
  const cpu = (name: string) => median(rounds.get(name)!, 'cpu');
  const rate = (name: string) => median(rounds.get(name)!, 'rate');
  const figures: Figure[] = [
    ...['equal', 'forwarder', 'mcp-proxy', 'supergateway'].map((name) => ({
      name: `${name === 'equal' ? 'an equal MCP server, direct' : name}, CPU per call`,
      value: cpu(name),
      unit: 'µs',
    })),
    {
      name: 'P0, CPU per call, against the forwarder',
      value: cpu('P0'),
      unit: 'µs',
      baseline: cpu('forwarder'),
      target: { value: 110, at: 'most' },
    },
    {
      name: 'P0 in a session, CPU per call, against supergateway',
      value: cpu('P0 in a session'),
      unit: 'µs',
      baseline: cpu('supergateway'),
    },
    {
      name: 'P2, CPU per call, against the forwarder',
      value: cpu('P2'),
      unit: 'µs',
      baseline: cpu('forwarder'),
      target: { value: 180, at: 'most' },
    },
    {
      name: 'P2, calls on one core, against mcp-proxy',
      value: rate('P2'),
      unit: 'calls/s',
      baseline: rate('mcp-proxy'),
      target: { value: 4_500, at: 'least' },
    },
    ...(await added(governed, equal, rate('P2') / 2, modernCall(await provider.token()))),
  ];
  for (const served of new Set(ways.map((way) => way.served))) await served[Symbol.asyncDispose]();
  return figures;
}

/** What the gateway adds to a call at half of what it can do. */
async function added(governed: Served, equal: Served, rate: number, shot: Shot): Promise<Figure[]> {
  const through: number[] = [];
  const direct: number[] = [];
  for (let i = 0; i < 3; i++) {
    direct.push(...(await openLoop(equal, modernCall(), rate, 5)));
    through.push(...(await openLoop(governed, shot, rate, 5)));
  }
  return ([0.5, 0.99] as const).map((share) => ({
    name: `P2, added at half load (${Math.round(rate)} calls/s), p${share * 100}`,
    value: quantile(through, share) - quantile(direct, share),
    unit: 'ms',
    baseline: quantile(direct, share),
    target: { value: share === 0.5 ? 1 : 5, at: 'most' },
  }));
}

async function lists(upstream: Served): Promise<Figure[]> {
  await using gateway = await Served.gateway(P0, catalogue(upstream, 1_000));
  await listing(gateway, 20);
  return [
    {
      name: 'tools/list of 1 000 tools, whole, p95',
      value: quantile(await listing(gateway, 200), 0.95),
      unit: 'ms',
      target: { value: 20, at: 'most' },
    },
  ];
}

/** Clients that open sessions and never say goodbye. */
async function sessions(upstream: Served): Promise<Figure[]> {
  await using gateway = await Served.gateway(P0, catalogue(upstream));
  await many(gateway, INITIALIZE, 2_000);
  const before = memoryMb(gateway.pid).gateway;
  await many(gateway, INITIALIZE, SESSIONS / 2);
  const half = memoryMb(gateway.pid).gateway;
  await many(gateway, INITIALIZE, SESSIONS / 2);
  const whole = memoryMb(gateway.pid).gateway;
  return [
    {
      name: `memory of an MCP session, of ${SESSIONS} never ended`,
      value: ((whole - before) * 1_024) / SESSIONS,
      unit: 'KB',
      target: { value: 20, at: 'most' },
    },
    { name: `memory with ${SESSIONS} sessions, against half as many`, value: whole, unit: 'MB', baseline: half },
  ];
}

/** Two workers against one, with all of the machine for the gateway, its clients and its backend. */
async function workers(upstream: Served, provider: IdentityProvider): Promise<Figure[]> {
  await using store = await BenchGateway.start();
  await using redis = await RedisServer.start();
  const { host, port, user, database } = store.connection;
  const shared = {
    DATABASE_URL: `postgres://${user}@/${database}?host=${encodeURIComponent(host)}&port=${port}`,
    REDIS_URL: redis.url,
    SESSION_KEY: randomBytes(32).toString('base64'),
  };
  const rates: number[] = [];
  for (const count of ['1', '2']) {
    const settings = { ...provider.settings, ...shared, WORKERS: count };
    await using gateway = await Served.gateway(settings, catalogue(upstream), '0,1');
    const shot = modernCall(await provider.token());
    await closedLoop(gateway, shot, WARM_UP_SECONDS);
    const rounds: Round[] = [];
    for (let i = 0; i < 3; i++) rounds.push(await closedLoop(gateway, shot, SECONDS));
    rates.push(median(rounds, 'rate'));
  }
  const [one, two] = rates;
  return [
    {
      name: 'P2 with 2 workers, against 1',
      value: two!,
      unit: 'calls/s',
      baseline: one!,
      target: { ratio: 1.7, at: 'least' },
    },
  ];
}

/** A tool call over MCP, through the whole pipeline to a backend over HTTP. */
export async function benchMcp(): Promise<Figure[]> {
  execFileSync('taskset', ['-a', '-cp', '1', String(process.pid)], { stdio: 'ignore' });
  await using provider = await IdentityProvider.start();
  await using upstream = await Served.upstream('1');
  const figures: Figure[] = [];
  for (const part of [calls, lists, sessions]) {
    process.stderr.write(`bench: mcp, ${part.name}\n`);
    figures.push(...(await part(upstream, provider)));
  }
  execFileSync('taskset', ['-a', '-cp', '0,1', String(process.pid)], { stdio: 'ignore' });
  execFileSync('taskset', ['-a', '-cp', '0,1', String(upstream.pid)], { stdio: 'ignore' });
  figures.push(...(await workers(upstream, provider)));
  return figures;
}
