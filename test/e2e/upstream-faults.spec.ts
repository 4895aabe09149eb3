import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api } from '../support/api.js';
import { Gateway } from '../support/boot-gateway.js';
import { eventually } from '../support/embedded-stage.js';
import { FAULTS, MisbehavingUpstream } from '../support/misbehaving-upstream.js';
import { ModernClient } from '../support/modern-client.js';
import { OriginServer } from '../support/origin-server.js';
import { upstreamsFile } from '../support/upstreams-file.js';

/** More than open a breaker: seven failures in ten do. */
const CALLS = { open: 12, closed: 8 } as const;
/** Those that send most: each call costs both sides seconds, and none of them opens a breaker. */
const HEAVY = /^(?:huge|tiny|gzip)/;
const HEAVY_CALLS = 2;
/** Of what stays after a fault: far below what any of them sends. */
const MOST_KEPT_BYTES = 64 * 1_024 * 1_024;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const stack = new AsyncDisposableStack();
let bad: MisbehavingUpstream;
let good: MisbehavingUpstream;
let inside: OriginServer;
let gateway: Gateway;
let client: ModernClient;
let neighbour: ModernClient;
/** What was held when the last fault was over. */
let settled: number;

beforeAll(async () => {
  bad = stack.use(await MisbehavingUpstream.start());
  good = stack.use(await MisbehavingUpstream.start());
  inside = stack.use(await OriginServer.start());
  bad.elsewhere = `${inside.url}/secrets`;
  bad.bomb();
  const file = stack.use(
    await upstreamsFile(`upstreams:
  bad:
    kind: http
    url: "${bad.url}"
    refresh_seconds: 3600
    tools: { slow: { timeout_seconds: 0.3 }, "hang*": { timeout_seconds: 0.3 } }
  good: { kind: http, url: "${good.url}" }`),
  );
  gateway = stack.use(await Gateway.boot({ UPSTREAMS_FILE: file.path }));
  client = new ModernClient(`${gateway.url}/mcp/u/bad`);
  neighbour = new ModernClient(`${gateway.url}/mcp/u/good`);
  await eventually(async () => {
    for (const one of [client, neighbour]) {
      expect((await one.ask('tools/list')).result?.['tools']).toHaveLength(Object.keys(FAULTS).length);
    }
  }, 30_000);
  settled = held();
}, 60_000);
afterAll(() => stack.disposeAsync());

interface Spoken {
  readonly isError?: boolean;
  readonly content: readonly { readonly text: string }[];
}

async function call(name: string): Promise<Spoken> {
  const { result, error } = await client.call(name, { text: 'hello' });
  if (!result) throw new Error(`an error of the protocol: ${JSON.stringify(error)}`);
  return result as Spoken;
}

const breakerOf = async (name: string) => {
  const { body } = await new Api(gateway.url).get<{ breakers: { upstream: string; tool: string; state: string }[] }>(
    '/admin/breakers',
  );
  return body.breakers.find(({ upstream, tool }) => upstream === 'bad' && tool.endsWith(name))?.state;
};

/** Bytes that this process holds on to, or a little more: what one collection leaves may go with the next. */
function held(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const TOO_SLOW = /^ToolTimeoutError: .* did not answer within 0.3 seconds/;
const GONE = /^BackendUnavailableError: bad cannot be reached/;
const NONSENSE = /^UpstreamResponseError: bad answered with something that cannot be used: /;

/** What each fault is told as, and whether it says that the upstream is not well. */
const EXPECTED: Readonly<Record<string, readonly [words: RegExp, breaker: 'open' | 'closed']>> = {
  slow: [TOO_SLOW, 'open'],
  hang: [TOO_SLOW, 'open'],
  hang_in_body: [TOO_SLOW, 'open'],
  hang_in_stream: [TOO_SLOW, 'open'],
  reset: [GONE, 'open'],
  close: [GONE, 'open'],
  close_in_body: [GONE, 'open'],
  half_event: [NONSENSE, 'closed'],
  no_event: [NONSENSE, 'closed'],
  garbage: [NONSENSE, 'closed'],
  html: [NONSENSE, 'closed'],
  empty: [NONSENSE, 'closed'],
  no_content: [NONSENSE, 'closed'],
  not_a_result: [NONSENSE, 'closed'],
  wrong_id: [NONSENSE, 'closed'],
  wrong_id_event: [NONSENSE, 'closed'],
  deep: [NONSENSE, 'closed'],
  huge: [NONSENSE, 'closed'],
  huge_unannounced: [NONSENSE, 'closed'],
  huge_event: [NONSENSE, 'closed'],
  gzip_bomb: [NONSENSE, 'closed'],
  tiny_events: [NONSENSE, 'closed'],
  tiny_comments: [NONSENSE, 'closed'],
  redirect: [/^UpstreamResponseError: bad answered with status 302/, 'closed'],
  redirect_inside: [/^UpstreamResponseError: bad answered with status 307/, 'closed'],
  unauthorised: [/^UpstreamResponseError: bad answered with status 401/, 'closed'],
  broken: [/^UpstreamResponseError: bad answered with status 500/, 'open'],
  unavailable: [/^UpstreamResponseError: bad answered with status 503/, 'open'],
};

it('knows every fault', () => {
  expect(Object.keys(EXPECTED).concat('echo').sort()).toEqual(Object.keys(FAULTS).sort());
});

describe.each(Object.entries(EXPECTED))('an upstream whose tool does: %s', (name, [words, state]) => {
  it('is told of in words, stopped where it is not well, and costs nobody else anything', async () => {
    const calls = HEAVY.test(name) ? HEAVY_CALLS : CALLS[state];
    let over = false;
    const failures: unknown[] = [];
    let others = 0;
    const lane = (async () => {
      for (; !over; others++) {
        const { result } = await neighbour.call('echo', { text: 'hello' });
        if ((result as Spoken | undefined)?.content[0]?.text !== 'hello') failures.push(result);
        await delay(5);
      }
    })();
    const answers: Spoken[] = [];
    for (let i = 0; i < calls; i++) answers.push(await call(name));
    over = true;
    await lane;

    expect(answers.map(({ isError }) => isError)).toEqual(Array<boolean>(calls).fill(true));
    const said = answers.map(({ content }) => content[0]!.text);
    expect(said[0]).toMatch(words);
    const refused = said.filter((text) => text.startsWith('CircuitOpenError: '));
    expect(said.filter((text) => !words.test(text))).toEqual(refused);
    expect(said.join()).not.toMatch(/s3cret|127\.0\.0\.1|169\.254|at .*\.js/);
    expect(await breakerOf(name)).toBe(state);
    const reached = bad.calls.get(name)!;
    if (state === 'open') expect([reached <= 10, refused.length]).toEqual([true, calls - reached]);
    else expect([reached, refused]).toEqual([calls, []]);
    expect([failures, others > 0]).toEqual([[], true]);
    await eventually(() => {
      const now = held();
      expect(now - settled).toBeLessThan(MOST_KEPT_BYTES);
      settled = now;
    });
  }, 120_000);
});

it('is called as ever where it is well', async () => {
  expect(await call('echo')).toMatchObject({ content: [{ text: 'hello' }] });
});

it('leads nobody inside', () => expect(inside.asked).toEqual([]));

it('keeps no connection of a call that was given up', async () => {
  await eventually(() => expect(bad.connections).toBeLessThan(5));
});
