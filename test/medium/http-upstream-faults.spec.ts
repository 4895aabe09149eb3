import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HttpConnection } from '#gateway/upstreams/kinds/http/http-connection.js';
import { eventually } from '../support/embedded-stage.js';
import { FaultyUpstream, type Misbehaviour } from '../support/faulty-upstream.js';
import { callOf, Connections, textIn } from '../support/upstream-call.js';

type Expected = readonly [tool: Misbehaviour, code: string, message: string];

const invalid = (how: string) => `other answered with something that cannot be used: ${how}.`;
const status = (code: number) => `other answered with status ${code}.`;
const AWAY = 'other cannot be reached. Try again later.';

const FAULTS: readonly Expected[] = [
  ['reset', 'backend_unavailable', AWAY],
  ['reset_in_json', 'backend_unavailable', AWAY],
  ['reset_in_stream', 'backend_unavailable', AWAY],
  ['garbage_http', 'backend_unavailable', AWAY],
  ['many_headers', 'backend_unavailable', AWAY],
  ['garbage', 'invalid_result', invalid('it is no JSON')],
  ['garbage_bytes', 'invalid_result', invalid('it is no JSON')],
  ['html', 'invalid_result', invalid('it is no JSON')],
  ['deep', 'invalid_result', invalid('it is no JSON')],
  ['garbage_events', 'invalid_result', invalid('an event of it is no message')],
  ['wrong_id', 'invalid_result', invalid('it answers another request')],
  ['a_list', 'invalid_result', invalid('it is no message')],
  ['wrong_id_in_stream', 'invalid_result', invalid('it ended without a result')],
  ['empty', 'invalid_result', invalid('it ended without a result')],
  ['accepted', 'invalid_result', invalid('it ended without a result')],
  ['half_event', 'invalid_result', invalid('it ended without a result')],
  ['empty_stream', 'invalid_result', invalid('it ended without a result')],
  ['no_result', 'invalid_result', invalid('its result is no object')],
  ['result_is_text', 'invalid_result', invalid('its result is no object')],
  ['large', 'invalid_result', invalid('it has more than 16777216 bytes')],
  ['large_says_so', 'invalid_result', invalid('it has more than 16777216 bytes')],
  ['large_event', 'invalid_result', invalid('it has more than 16777216 bytes')],
  ['gzip_bomb', 'invalid_result', invalid('it is compressed, which nobody asked for')],
  ['gzip_stream', 'invalid_result', invalid('it is compressed, which nobody asked for')],
  ['tiny_events', 'invalid_result', invalid('it has more than 100000 events')],
  ['tiny_progress', 'invalid_result', invalid('it has more than 100000 events')],
  ['redirect', 'upstream_response', status(307)],
  ['unauthorised', 'upstream_response', status(401)],
  ['forbidden', 'upstream_response', status(403)],
  ['too_many', 'upstream_response', status(429)],
  ['broken', 'upstream_response', status(500)],
  ['unavailable', 'upstream_response', status(503)],
  ['rpc_error', 'upstream_rpc_error', 'other: it is tired'],
  ['error_without_words', 'upstream_rpc_error', 'other: error -5'],
];

const collectGarbage = (): void => {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
};

describe.each(['modern', 'legacy'] as const)('an upstream of the %s era that misbehaves', (era) => {
  const stack = new AsyncDisposableStack();
  let upstream: FaultyUpstream;
  let connection: HttpConnection;

  beforeAll(async () => {
    upstream = stack.use(await FaultyUpstream.start(era));
    connection = stack.use(new Connections()).to(upstream.url);
  });
  afterAll(() => stack.disposeAsync());

  const works = async () => expect(textIn(await connection.request(callOf('echo')))).toBe('ok');

  it.each(FAULTS)('%s: %s', async (tool, code, message) => {
    const error = await connection.request(callOf(tool)).catch((failed: unknown) => failed);
    expect(error).toMatchObject({ code, message });
    expect(JSON.stringify({ ...(error as object), stack: undefined })).not.toMatch(/inner|srv|realm/);
    await works();
  });

  it('says when to come back', async () => {
    await expect(connection.request(callOf('too_many'))).rejects.toMatchObject({ details: { retryAfter: 7 } });
    await expect(connection.request(callOf('unavailable'))).rejects.toMatchObject({ details: { retryAfter: 3 } });
  });

  it('passes on what an error says, cleaned and cut', async () => {
    const error = (await connection.request(callOf('rude_error')).catch((failed: unknown) => failed)) as Error;
    expect(error.message).toMatch(/^other: \[31mno x{400,500}$/);
    expect(error).toMatchObject({ details: { members: { rpc_code: -1 } } });
    expect(error).not.toHaveProperty('details.members.data');
    await expect(connection.request(callOf('rpc_error'))).rejects.toHaveProperty(
      'details.members.data',
      '{"why":"night"}',
    );
  });

  it.each(['hang', 'hang_after_headers', 'hang_in_stream', 'slow'] as const)('%s ends with the call', async (tool) => {
    const before = upstream.hungUp;
    upstream.methods.length = 0;
    const leaving = new AbortController();
    const asked = connection.request(callOf(tool, {}, { signal: leaving.signal }));
    const failing = expect(asked).rejects.toThrow('the time is up');
    await eventually(() => expect(upstream.methods.at(-1)).toBe('tools/call'));
    leaving.abort(new Error('the time is up'));
    await failing;
    await eventually(() => expect(upstream.hungUp).toBe(before + 1));
    if (era === 'legacy') await eventually(() => expect(upstream.methods).toContain('notifications/cancelled'));
    await works();
  });

  it('leaves the event loop to others while it floods', async () => {
    let turns = 0;
    let isOver = false;
    const turn = (): void => {
      turns++;
      if (!isOver) setImmediate(turn);
    };
    turn();
    await connection.request(callOf('tiny_progress')).catch(() => undefined);
    isOver = true;
    // 100 000 events, 500 of them in a turn at most, give or take those of one piece.
    expect(turns).toBeGreaterThan(50);
  });

  it('gives the memory back', async () => {
    const storm = async () => {
      for (const tool of ['large', 'large_event', 'gzip_bomb', 'tiny_progress', 'deep', 'reset'] as const) {
        await connection.request(callOf(tool)).catch(() => undefined);
      }
      collectGarbage();
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    await storm();
    const before = await storm();
    await storm();
    expect((await storm()) - before).toBeLessThan(8 * 1_024 * 1_024);
  });
});

describe('an upstream that is away', () => {
  it('cannot be reached, and is not taken for an older one', async () => {
    const upstream = await FaultyUpstream.start();
    await using connections = new Connections();
    const connection = connections.to(upstream.url);
    await upstream[Symbol.asyncDispose]();
    await expect(connection.request(callOf('echo'))).rejects.toMatchObject({ code: 'backend_unavailable' });
    await expect(connection.describe(undefined, AbortSignal.timeout(10_000))).rejects.toMatchObject({
      code: 'backend_unavailable',
    });
    await expect(connection.ping(AbortSignal.timeout(10_000))).rejects.toMatchObject({ code: 'backend_unavailable' });
    expect(connection.status()).not.toHaveProperty('era');
  });

  it('ends calls under way when it is closed', async () => {
    await using upstream = await FaultyUpstream.start();
    await using connections = new Connections();
    const connection = connections.to(upstream.url);
    const asked = connection.request(callOf('hang'));
    const failing = expect(asked).rejects.toMatchObject({ code: 'backend_unavailable' });
    await eventually(() => expect(upstream.methods).toContain('tools/call'));
    await connection.close();
    await failing;
    await expect(connection.request(callOf('echo'))).rejects.toMatchObject({ code: 'backend_unavailable' });
  });
});
