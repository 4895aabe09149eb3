import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CountingUpstream } from '../support/counting-upstream.js';
import { eventually } from '../support/embedded-stage.js';
import { forge } from '../support/forge.js';
import { GatewayProcess } from '../support/gateway-process.js';
import { IdentityProvider } from '../support/identity-provider.js';
import { Balancer } from '../support/nginx.js';
import { TestDatabase } from '../support/postgres.js';
import { RedisServer } from '../support/redis-server.js';
import { upstreamsFile } from '../support/upstreams-file.js';

const PRINCIPALS = 8;
const CALLS_BEFORE = 10;
const CALLS_AFTER = 20;
/** Generous: the machine of a test may stand still. What it took is told. */
const LONGEST_RECOVERY_MS = 20_000;

const stack = new AsyncDisposableStack();
let upstream: CountingUpstream;
let redis: RedisServer;
let provider: IdentityProvider;
let start: () => Promise<GatewayProcess>;

beforeAll(async () => {
  const database = stack.use(await TestDatabase.create());
  redis = stack.use(await RedisServer.start());
  provider = stack.use(await IdentityProvider.start());
  upstream = stack.use(await CountingUpstream.start());
  const file = stack.use(await upstreamsFile(`upstreams: { books: { kind: http, url: "${upstream.url}" } }`));
  start = async () =>
    stack.use(
      await GatewayProcess.start({
        ...strings(provider.settings),
        DATABASE_URL: database.url,
        DATABASE_POOL_SIZE: '4',
        REDIS_URL: redis.url,
        SHUTDOWN_DRAIN_SECONDS: '0',
        UPSTREAMS_FILE: file.path,
      }),
    );
}, 60_000);
afterAll(() => stack.disposeAsync());

const strings = (settings: object) =>
  Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]));

/** One principal with a session of its own, that adds one thing after the other, each once. */
class Lane {
  /** What was acknowledged. */
  readonly done: string[] = [];
  /** What failed, and may have been done: it is not sent again. */
  readonly failed: { readonly id: string; readonly message: string }[] = [];
  /** Sessions of the upstream that answered, in order. */
  readonly books: string[] = [];
  /** Longest time between two answers, in milliseconds. */
  gap = 0;
  private last = 0;
  private count = 0;

  private constructor(
    private readonly name: string,
    private readonly client: Client,
    private readonly transport: StreamableHTTPClientTransport,
    private readonly session: string | undefined,
  ) {}

  static async open(base: string, name: string): Promise<Lane> {
    const token = forge(provider, { claims: { sub: name, scope: 'tools:call' } });
    const transport = new StreamableHTTPClientTransport(new URL(`${base}/mcp/u/books`), {
      requestInit: { headers: { authorization: `Bearer ${token}` } },
    });
    const client = new Client({ name, version: '1' });
    await client.connect(transport);
    return new Lane(name, client, transport, transport.sessionId);
  }

  get hasItsSession(): boolean {
    return this.transport.sessionId === this.session;
  }

  async add(): Promise<void> {
    const id = `${this.name}-${this.count++}`;
    try {
      const { content, isError } = await this.client.callTool({ name: 'add', arguments: { id } });
      const [{ text }] = content as [{ text: string }];
      if (isError) throw new Error(text);
      this.done.push(id);
      this.books.push(text.split(' ')[0]!);
      const now = performance.now();
      if (this.last > 0) this.gap = Math.max(this.gap, now - this.last);
      this.last = now;
    } catch (error) {
      this.failed.push({ id, message: (error as Error).message });
      await delay(20);
    }
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}

it('of two replicas one is killed under load: no session is lost, nothing is done twice', async () => {
  const [doomed, survivor] = await Promise.all([start(), start()]);
  const running = new Set([doomed, survivor]);
  await using balancer = await Balancer.start(() => [...running].map(({ url }) => url));
  const lanes = await Promise.all(Array.from({ length: PRINCIPALS }, (_, n) => Lane.open(balancer.url, `ada-${n}`)));
  let killedAt: number | undefined;
  const after = new Map<Lane, number>();
  const work = lanes.map(async (lane) => {
    while ((after.get(lane) ?? 0) < CALLS_AFTER) {
      const before = lane.done.length;
      await lane.add();
      if (killedAt !== undefined && lane.done.length > before) after.set(lane, (after.get(lane) ?? 0) + 1);
    }
  });
  await eventually(() => {
    for (const lane of lanes) expect(lane.done.length).toBeGreaterThan(CALLS_BEFORE);
  }, 60_000);
  const openedBefore = upstream.opened;
  for (const lane of lanes) lane.gap = 0;
  await doomed.end('SIGKILL');
  running.delete(doomed);
  killedAt = performance.now();
  await Promise.all(work);

  expect(lanes.filter(({ hasItsSession }) => !hasItsSession)).toEqual([]);
  const failures = lanes.flatMap(({ failed }) => failed);
  expect(failures.filter(({ message }) => /404|session/i.test(message))).toEqual([]);
  const times = (ids: readonly string[]) => ids.map((id) => upstream.added.get(id) ?? 0);
  expect(new Set(lanes.flatMap(({ done }) => times(done)))).toEqual(new Set([1]));
  expect([...upstream.added.values()].filter((count) => count > 1)).toEqual([]);
  // Each principal's conversation with the upstream goes on where it was, on the other replica.
  expect(lanes.map(({ books }) => new Set(books).size)).toEqual(Array<number>(PRINCIPALS).fill(1));
  expect(upstream.opened - openedBefore).toBe(0);
  const longest = Math.max(...lanes.map(({ gap }) => gap));
  expect(longest).toBeLessThan(LONGEST_RECOVERY_MS);
  process.stderr.write(
    `replica killed: ${failures.length} calls of ${upstream.added.size} failed, 0 sessions lost, 0 done twice, ` +
      `longest wait for an answer ${Math.round(longest)} ms\n`,
  );
  await Promise.all(lanes.map((lane) => lane.close()));
}, 180_000);

it('Redis is killed: calls go on, with sessions of the upstream that nobody shares', async () => {
  const gateways = await Promise.all([start(), start()]);
  const lanes = await Promise.all(gateways.map(({ url }, n) => Lane.open(url, `grace-${n}`)));
  for (const lane of lanes) await lane.add();
  await redis.end();
  for (let i = 0; i < CALLS_AFTER; i++) for (const lane of lanes) await lane.add();
  expect(lanes.flatMap(({ failed }) => failed)).toEqual([]);
  expect(lanes.map(({ done }) => done.length)).toEqual([CALLS_AFTER + 1, CALLS_AFTER + 1]);
  await redis.start();
  for (const lane of lanes) await lane.add();
  expect(lanes.flatMap(({ failed }) => failed)).toEqual([]);
  expect([...upstream.added.values()].filter((count) => count > 1)).toEqual([]);
  await Promise.all(lanes.map((lane) => lane.close()));
}, 120_000);
