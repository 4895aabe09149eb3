import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/embedded-stage.js';
import { testTool, text, responseTo, ask, elicit } from '../support/everything/test-tool.js';
import { GatewayProcess } from '../support/gateway-process.js';
import { type Message, ModernClient, type ModernAnswer } from '../support/modern-client.js';
import { TestDatabase } from '../support/postgres.js';
import { RedisServer } from '../support/redis-server.js';
import { SdkUpstream } from '../support/upstream-servers/sdk-upstream.js';

const FORM = elicit('Who?', { name: { type: 'string' } });
const ABLE = { elicitation: {} };

const stack = new AsyncDisposableStack();
let redis: RedisServer;
let upstream: SdkUpstream;
let start: () => Promise<GatewayProcess>;
let replicas: GatewayProcess[];

/** Asks for a name; then counts aloud, and says how often it was called. */
const counting = () => {
  let calls = 0;
  return testTool('counting', 'Asks, then counts', async (call) => {
    const answer = responseTo(call, 'who');
    // The SDK calls the handler again with the answer: what counts is what came over the wire.
    if (!answer) {
      calls++;
      return ask(call, { who: FORM });
    }
    for (const n of [1, 2, 3]) call.channel.progress(n);
    return text(`${String((answer['content'] as { name?: string } | undefined)?.name)} ${calls}`);
  });
};

beforeAll(async () => {
  const database = stack.use(await TestDatabase.create());
  redis = stack.use(await RedisServer.start());
  upstream = stack.use(await SdkUpstream.start('legacy'));
  upstream.offer.offerTools([...upstream.offer.tools(), counting()]);
  const folder = await mkdtemp(join(tmpdir(), 'achilles-parked-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'upstreams.yaml');
  await writeFile(file, JSON.stringify({ upstreams: { up: { kind: 'http', url: upstream.url } } }));
  start = async () =>
    stack.use(
      await GatewayProcess.start({
        DATABASE_URL: database.url,
        DATABASE_POOL_SIZE: '4',
        REDIS_URL: redis.url,
        UPSTREAMS_FILE: file,
        SHUTDOWN_DRAIN_SECONDS: '0',
      }),
    );
  replicas = await Promise.all([start(), start()]);
  for (const replica of replicas) await offers(replica);
}, 120_000);
afterAll(() => stack.disposeAsync());

const at = ({ url }: GatewayProcess) => new ModernClient(`${url}/mcp/u/up`);
const offers = (replica: GatewayProcess) =>
  eventually(async () => {
    const { result } = await at(replica).ask('tools/list');
    expect(JSON.stringify(result)).toContain('counting');
  }, 60_000);

const call = (client: ModernClient, name: string, more: object = {}) =>
  client.ask('tools/call', { name, arguments: {}, ...more }, { capabilities: ABLE, meta: { progressToken: 'p' } });

/** What a client brings back after a first round. */
function answering({ result }: ModernAnswer, content: object) {
  const keys = Object.keys(result!['inputRequests'] as object);
  const inputResponses = Object.fromEntries(keys.map((key) => [key, { action: 'accept', content }]));
  return { inputResponses, requestState: result!['requestState'] as string };
}

const textOf = ({ result }: Message) => (result?.['content'] as { text: string }[] | undefined)?.[0]?.text;
const progressIn = ({ before }: ModernAnswer) => before.map(({ params }) => params?.['progress'] as number);
/** Of the upstream: calls that reached it, by tool. */
const callsOf = (name: string) =>
  upstream.seen.filter(({ body }) => body.includes('"tools/call"') && body.includes(`"${name}"`)).length;

it('news of an upstream reach those who listen at either replica', async () => {
  const uri = 'test://watched-resource';
  const streams = await Promise.all(replicas.map((replica) => at(replica).listen({ resourceSubscriptions: [uri] })));
  await eventually(() => {
    upstream.offer.tell({ kind: 'resource', uri });
    for (const { heard } of streams) expect(heard.at(-1)?.params).toMatchObject({ uri });
  });
  for (const stream of streams) stream.leave();
});

describe('a call that an upstream has parked', () => {
  it('is taken up at the other replica, with what it tells, and is made once', async () => {
    const [one, other] = replicas.map(at) as [ModernClient, ModernClient];
    for (const [begin, end] of [
      [one, other],
      [other, one],
      [one, one],
    ] as const) {
      const before = callsOf('counting');
      const first = await call(begin, 'counting');
      expect(first.result).toMatchObject({ resultType: 'input_required' });
      const second = await call(end, 'counting', answering(first, { name: 'ada' }));
      expect(textOf(second)).toMatch(/^ada /);
      expect(progressIn(second)).toEqual([1, 2, 3]);
      expect(callsOf('counting')).toBe(before + 1);
      // And never again: whoever brings the same once more is told to begin anew.
      for (const client of [begin, end]) {
        const again = await call(client, 'counting', answering(first, { name: 'eve' }));
        expect(textOf(again)).toContain('CallNotWaitingError');
      }
      expect(callsOf('counting')).toBe(before + 1);
    }
  });

  it('goes on in several rounds, each at another replica', async () => {
    let answer = await call(at(replicas[0]!), 'test_input_required_result_multi_round');
    for (let round = 1; answer.result?.['resultType'] === 'input_required'; round++) {
      const next = at(replicas[round % 2]!);
      const more = answering(answer, { name: 'Ada', color: 'red' });
      answer = await call(next, 'test_input_required_result_multi_round', more);
    }
    expect(textOf(answer)).toBe('Ada likes red');
  });

  it('is gone with its replica: the client is told to call again, and nobody makes the call a second time', async () => {
    const doomed = await start();
    await offers(doomed);
    const first = await call(at(doomed), 'counting');
    await doomed.end('SIGKILL');
    const before = callsOf('counting');
    const second = await call(at(replicas[0]!), 'counting', answering(first, { name: 'ada' }));
    expect(textOf(second)).toMatch(/CallNotWaitingError: .*Call again/);
    expect(callsOf('counting')).toBe(before);
  });

  it('is told to the upstream as taken back by a replica that stops', async () => {
    const leaving = await start();
    await offers(leaving);
    await call(at(leaving), 'counting');
    const cancelled = () => upstream.seen.filter(({ body }) => body.includes('notifications/cancelled')).length;
    const before = cancelled();
    await leaving.end('SIGTERM');
    expect(cancelled()).toBe(before + 1);
  });

  it('waits here without Redis, too', async () => {
    const [one, other] = replicas.map(at) as [ModernClient, ModernClient];
    const first = await call(one, 'counting');
    await redis.end();
    const elsewhere = await call(other, 'counting', answering(first, { name: 'ada' }));
    expect(textOf(elsewhere)).toContain('CallNotWaitingError');
    expect(textOf(await call(one, 'counting', answering(first, { name: 'ada' })))).toMatch(/^ada /);
    await redis.start();
  });
});
