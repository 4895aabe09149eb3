import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import { Registry } from 'prom-client';
import type { Caller } from '#core/caller.js';
import type { LifecycleService } from '#gateway/lifecycle/lifecycle.service.js';
import { type CallChannel, SILENT } from '#gateway/tools/call-channel.js';
import type { InputRequest, InputRequired, JsonObject } from '#gateway/tools/tool.js';
import { UpstreamRpcError } from '#gateway/tools/tools.errors.js';
import { CallNotWaiting, CallTakenUp, InputDeclined } from './bridging.errors.js';
import { InputRefused } from './input-refused.js';
import { type Leg, ParkedCalls } from './parked-calls.js';
import { ParkedCallsMetrics } from './parked-calls.metrics.js';
import { Visits } from './visits.js';
import { WaitingCalls } from './waiting-calls.js';

const ADA: Caller = { issuer: 'i', subject: 'ada', tenant: 'acme', tier: 'gold', scopes: new Set() };
const EVE: Caller = { ...ADA, subject: 'eve' };
const ABLE = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };
const ABLE_TO_SAMPLE = { sampling: {} };
const FORM: InputRequest = { method: 'elicitation/create', params: { message: 'Who?' } };
const ROOTS: InputRequest = { method: 'roots/list' };
const ADA_IS = { action: 'accept', content: { name: 'ada' } };

let stopping: AbortController;
let registry: Registry;
let calls: ParkedCalls;
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'performance'] });
  stopping = new AbortController();
  registry = new Registry();
  const metrics = new ParkedCallsMetrics(registry);
  const lifecycle = { stopping: stopping.signal } as LifecycleService;
  calls = new ParkedCalls(new WaitingCalls(lifecycle, metrics, undefined), new Visits(metrics, undefined), metrics);
});
afterEach(() => {
  jest.useRealTimers();
});

interface Told {
  readonly caller?: Caller;
  readonly upstream?: string;
  readonly signal?: AbortSignal;
  readonly channel?: Partial<CallChannel>;
}

const call = ({ caller = ADA, upstream = 'up', signal = new AbortController().signal, channel = {} }: Told = {}) => ({
  caller,
  upstream,
  signal,
  channel: { ...SILENT, capabilities: ABLE, ...channel },
});

const never = () => {
  throw new Error('made a second time');
};

/** What the client is asked, once everything that is asked at the same time has been. */
async function asked(answer: Promise<JsonObject | InputRequired>): Promise<InputRequired> {
  await turn();
  jest.advanceTimersByTime(100);
  return (await answer) as InputRequired;
}

/** Comes back with answers, to what was asked in this order. */
const back = (
  { inputRequests = {}, requestState }: InputRequired,
  answers: readonly (JsonObject | undefined)[],
  told: Told = {},
) => {
  const keys = Object.keys(inputRequests);
  const given = answers.flatMap((answer, index) => (answer ? [[keys[index] ?? 'unknown', answer] as const] : []));
  const channel = { ...told.channel, requestState: requestState!, inputResponses: Object.fromEntries(given) };
  return calls.carry(call({ ...told, channel }), never);
};

const metric = async (name: string, labels = '') => {
  const line = (await registry.metrics()).split('\n').find((one) => one.startsWith(`${name}${labels} `));
  return Number(line?.split(' ')[1]);
};
const ended = (end: string) => metric('achilles_upstream_parked_calls_total', `{end="${end}"}`);
const parked = () => metric('achilles_upstream_calls_parked');

/** An upstream's call that asks this, and answers what it was answered. */
const asks =
  (...requests: readonly InputRequest[]) =>
  async ({ ask }: Leg): Promise<JsonObject> => ({
    answers: await Promise.all(requests.map((request) => ask(request))),
  });

describe('a call that asks', () => {
  it('answers what it asks, and goes on when the client comes back', async () => {
    const first = await asked(calls.carry(call(), asks(FORM)));
    expect(first).toMatchObject({ resultType: 'input_required', inputRequests: { 'input-1': FORM } });
    expect(await parked()).toBe(1);
    expect(await back(first, [ADA_IS])).toEqual({ answers: [ADA_IS] });
    expect([await parked(), await ended('answered')]).toEqual([0, 1]);
  });

  it('asks together what is asked at the same time, and again what was not answered', async () => {
    const first = await asked(calls.carry(call(), asks(FORM, ROOTS)));
    expect(Object.values(first.inputRequests!)).toEqual([FORM, ROOTS]);
    const second = await asked(back(first, [undefined, { roots: [] }]));
    expect(second.inputRequests).toEqual({ 'input-1': FORM });
    const third = await asked(back(second, []));
    expect(third.inputRequests).toEqual({ 'input-1': FORM });
    expect(await back(third, [ADA_IS, { nobody: 'asked' }])).toEqual({ answers: [ADA_IS, { roots: [] }] });
  });

  it('asks one thing after the other, and tells the request that waits then', async () => {
    const heard: string[] = [];
    const listening = (name: string) => ({ progress: (n: number) => void heard.push(`${name} ${n}`) });
    const first = await asked(
      calls.carry(call({ channel: listening('first') }), async ({ ask, channel }) => {
        channel.progress(1);
        const one = await ask(FORM);
        channel.progress(2);
        const two = await ask(ROOTS);
        channel.progress(3);
        return { one, two };
      }),
    );
    const second = await asked(back(first, [ADA_IS], { channel: listening('second') }));
    expect(await back(second, [{ roots: [] }], { channel: listening('third') })).toEqual({
      one: ADA_IS,
      two: { roots: [] },
    });
    expect(heard).toEqual(['first 1', 'second 2', 'third 3']);
  });

  it('keeps its end for a client that comes back late', async () => {
    const first = await asked(
      calls.carry(call(), async ({ ask }) => {
        void ask(FORM).catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        return { gaveUp: true };
      }),
    );
    jest.advanceTimersByTime(5_000);
    await turn();
    expect(await back(first, [ADA_IS])).toEqual({ gaveUp: true });
  });

  it('hears that the client refused', async () => {
    const first = await asked(
      calls.carry(call(), ({ ask }) => ask(FORM).catch(({ code, message }: InputRefused) => ({ code, message }))),
    );
    const inputRefusals = { 'input-1': { code: -1, message: 'The user said no' } };
    expect(await back(first, [], { channel: { inputRefusals } })).toEqual({ code: -1, message: 'The user said no' });
  });

  it.each<[string, JsonObject, InputRequest, string]>([
    ['no capability', {}, FORM, 'elicitation'],
    ['no elicitation', { sampling: {} }, FORM, 'elicitation'],
    ['no addresses', { elicitation: {} }, { ...FORM, params: { mode: 'url' } }, 'elicitation.url'],
    ['no sampling', { roots: {} }, { method: 'sampling/createMessage' }, 'sampling'],
    ['no tools', { sampling: {} }, { method: 'sampling/createMessage', params: { tools: [] } }, 'sampling.tools'],
    ['no roots', { sampling: {} }, ROOTS, 'roots'],
    ['whatever it has', ABLE, { method: 'tools/list' as 'roots/list' }, 'tools/list'],
  ])('is told at once of a client with %s', async (_what, capabilities, request, missing) => {
    const refused = calls.carry(call({ channel: { capabilities } }), asks(request));
    await expect(refused).rejects.toMatchObject({ code: -32_601, message: expect.stringContaining(missing) });
    expect(await parked()).toBe(0);
  });

  it.each<[string, JsonObject, (leg: Leg) => Promise<JsonObject>]>([
    ['with an error of its own', ABLE_TO_SAMPLE, asks(FORM)],
    ['with a result', ABLE_TO_SAMPLE, ({ ask }) => ask(FORM).catch(() => ({ content: [], isError: true }))],
    ['of a client without any capability', {}, ({ ask }) => ask(FORM).catch(() => ({ content: [], isError: true }))],
  ])('and fails for it, %s, lacks a client that can', async (_what, capabilities, start) => {
    const failing = (leg: Leg) =>
      start(leg).catch((error: Error) => {
        throw new UpstreamRpcError('up', -32_603, error.message);
      });
    const failed = calls.carry(call({ channel: { capabilities } }), failing);
    await expect(failed).rejects.toMatchObject({ details: { members: { required: 'elicitation' } } });
  });

  it('and goes on without is left in peace', async () => {
    const told = call({ channel: { capabilities: ABLE_TO_SAMPLE } });
    expect(await calls.carry(told, ({ ask }) => ask(FORM).catch(() => ({ content: [] })))).toEqual({ content: [] });
  });

  it.each<[string, InputRequest[], string]>([
    ['too much at once', Array<InputRequest>(40).fill(ROOTS), 'Too much is asked at once.'],
    ['too large a question', [{ ...FORM, params: { message: 'x'.repeat(200_000) } }], 'The request is too large.'],
  ])('is refused %s', async (_what, requests, message) => {
    await expect(calls.carry(call(), asks(...requests))).rejects.toMatchObject({ code: -32_000, message });
  });
});

describe('a client that comes back', () => {
  it.each<[string, Told]>([
    ['as somebody else', { caller: EVE }],
    ['for another tenant', { caller: { ...ADA, tenant: 'umbrella' } }],
    ['with another issuer', { caller: { ...ADA, issuer: 'j' } }],
    ['to another upstream', { upstream: 'other' }],
  ])('%s finds nothing, and harms nobody', async (_what, told) => {
    const first = await asked(calls.carry(call(), asks(FORM)));
    await expect(back(first, [ADA_IS], told)).rejects.toThrow(CallNotWaiting);
    expect(await back(first, [ADA_IS])).toEqual({ answers: [ADA_IS] });
  });

  it.each([
    'parked:here:nobody',
    'parked:elsewhere:x',
    'parked:',
    'parked',
    '',
    'upstream:other:x',
    'sent:other:{}',
    'sent:up:no json',
    'their own state',
  ])('with %j is told to call again, and nothing is called', async (requestState) => {
    await expect(calls.carry(call({ channel: { requestState } }), never)).rejects.toThrow(CallNotWaiting);
  });

  it('twice with the same is answered once, and never makes the call again', async () => {
    const first = await asked(calls.carry(call(), asks(FORM)));
    const second = asked(back(first, []));
    await expect(back(first, [])).rejects.toThrow(CallTakenUp);
    await second;
    await back(first, [ADA_IS]);
    await expect(back(first, [ADA_IS])).rejects.toThrow(CallNotWaiting);
  });

  it('brings a state of the upstream back to it as it was', async () => {
    const given: JsonObject[] = [];
    const start = async ({ channel: { requestState, inputResponses } }: Leg): Promise<JsonObject> => {
      given.push({ requestState, inputResponses });
      return { resultType: 'input_required', requestState: 'parked:here:x', inputRequests: { k: FORM } };
    };
    const first = (await calls.carry(call(), start)) as InputRequired;
    const channel = { requestState: first.requestState!, inputResponses: { k: ADA_IS } };
    const second = (await calls.carry(call({ channel }), start)) as InputRequired;
    expect(second).toEqual(first);
    expect(given).toEqual([{}, { requestState: 'parked:here:x', inputResponses: { k: ADA_IS } }]);
    await expect(calls.carry(call({ upstream: 'other', channel }), never)).rejects.toThrow(CallNotWaiting);
  });
});

describe('the upstream’s call ends', () => {
  /** A call that asks, and says why its signal was aborted. */
  const waiting = () => {
    const reasons: unknown[] = [];
    const start = async ({ ask, signal }: Leg): Promise<JsonObject> => {
      signal.addEventListener('abort', () => reasons.push(signal.reason));
      return ask(FORM);
    };
    return { reasons, start };
  };

  it('when its client leaves while it waits', async () => {
    const { reasons, start } = waiting();
    const [leaving, left] = [new AbortController(), new Error('left')];
    const first = await asked(calls.carry(call(), start));
    const second = back(first, [], { signal: leaving.signal });
    await turn();
    leaving.abort(left);
    await expect(second).rejects.toBe(left);
    expect(reasons).toEqual([left]);
    await expect(back(first, [ADA_IS])).rejects.toThrow(CallNotWaiting);
    expect(await ended('cancelled')).toBe(1);
  });

  it('not when the request ends that it has answered', async () => {
    const { reasons, start } = waiting();
    const leaving = new AbortController();
    const first = await asked(calls.carry(call({ signal: leaving.signal }), start));
    leaving.abort();
    expect(await back(first, [ADA_IS])).toEqual(ADA_IS);
    expect(reasons).toEqual([]);
  });

  it('when no client can come back', async () => {
    const { reasons, start } = waiting();
    const over = new AbortController();
    const first = await asked(calls.carry(call({ channel: { over: over.signal } }), start));
    over.abort();
    expect(reasons).toHaveLength(1);
    await expect(back(first, [ADA_IS])).rejects.toThrow(CallNotWaiting);
  });

  it('ten minutes after it asked', async () => {
    const { reasons, start } = waiting();
    const first = await asked(calls.carry(call(), start));
    jest.advanceTimersByTime(599_000);
    const second = await asked(back(first, []));
    jest.advanceTimersByTime(599_000);
    expect(reasons).toEqual([]);
    jest.advanceTimersByTime(2_000);
    expect(reasons).toHaveLength(1);
    await expect(back(second, [ADA_IS])).rejects.toThrow(CallNotWaiting);
    expect([await ended('expired'), await parked()]).toEqual([1, 0]);
  });

  it('when the gateway stops, and no other may ask then', async () => {
    const { reasons, start } = waiting();
    await asked(calls.carry(call(), start));
    stopping.abort();
    expect(reasons).toHaveLength(1);
    await expect(calls.carry(call(), asks(FORM))).rejects.toMatchObject({ message: 'The gateway is stopping.' });
    expect(await ended('stopped')).toBe(1);
  });

  it('without having begun for a client that has left already', async () => {
    const signal = AbortSignal.abort(new Error('left'));
    await expect(calls.carry(call({ signal }), never)).rejects.toThrow('left');
  });
});

it('lets fifty calls of one principal wait, and those of others beside them', async () => {
  const first = Array.from({ length: 50 }, () => calls.carry(call(), asks(FORM)));
  await asked(first.at(-1)!);
  await expect(calls.carry(call(), asks(FORM))).rejects.toMatchObject({ code: -32_000 });
  await asked(calls.carry(call({ caller: EVE }), asks(FORM)));
  expect([await parked(), await ended('refused')]).toEqual([51, 1]);
  await back((await first[0]) as InputRequired, [ADA_IS]);
  await asked(calls.carry(call(), asks(FORM)));
});

describe('an address that has to be opened first', () => {
  const URL_MODE = { mode: 'url', url: 'https://up.example/consent', message: 'Agree', elicitationId: 'e1' };
  const required = (...elicitations: unknown[]) => new UpstreamRpcError('up', -32_042, 'Go there', { elicitations });

  /** An upstream that wants an address opened until somebody has. */
  const wanting = (error: Error) => {
    let opened = false;
    return {
      open: () => void (opened = true),
      start: async (): Promise<JsonObject> => {
        if (!opened) throw error;
        return { done: true };
      },
    };
  };

  it('is asked of the client, and the call is made again', async () => {
    const [error, params] = [required(URL_MODE), URL_MODE];
    const { open, start } = wanting(error);
    const first = (await calls.carry(call(), start)) as InputRequired;
    const [key, ...others] = Object.keys(first.inputRequests!) as [string, ...string[]];
    expect([first.inputRequests![key], others]).toMatchObject([{ method: 'elicitation/create', params }, []]);
    const back = (inputResponses: JsonObject, { requestState } = first, told: Told = {}) =>
      calls.carry(call({ ...told, channel: { requestState: requestState!, inputResponses } }), start);
    expect(await back({})).toEqual(first);
    // Consent comes before the deed: it may not be done yet.
    const second = (await back({ [key]: { action: 'accept' } })) as InputRequired;
    expect(second.inputRequests).toEqual(first.inputRequests);
    const third = (await back({ [key]: { action: 'accept' } }, second)) as InputRequired;
    await expect(back({ [key]: { action: 'accept' } }, third)).rejects.toThrow(params.url);
    await expect(back({ [key]: { action: 'decline' } })).rejects.toThrow(InputDeclined);
    await expect(back({}, first, { upstream: 'other' })).rejects.toThrow(CallNotWaiting);
    open();
    expect(await back({})).toEqual(first);
    expect(await back({ [key]: { action: 'accept' } })).toEqual({ done: true });
  });

  it.each<[string, unknown[]]>([
    ['nothing', []],
    ['no address', [{ mode: 'url', message: 'x' }]],
    ['a script', [{ url: 'javascript:alert(1)' }]],
    ['a file', [{ url: 'file:///etc/passwd' }]],
    ['no objects', [null, 1, 'x']],
    ['an endless address', [{ url: `https://x/${'x'.repeat(3_000)}` }]],
  ])('that is %s stays the upstream’s error', async (_what, elicitations) => {
    const error = required(...elicitations);
    await expect(calls.carry(call(), () => Promise.reject(error))).rejects.toBe(error);
  });

  it.each([[{}], [{ elicitation: {} }], [{ sampling: {} }]])(
    'is told in words to a client with %j',
    async (capabilities) => {
      const told = { channel: { capabilities } };
      await expect(calls.carry(call(told), () => Promise.reject(required(URL_MODE)))).rejects.toThrow(
        /up wants somebody to open https:\/\/up.example\/consent first \(Agree\)/,
      );
    },
  );
});

it.each<[unknown, string | undefined]>([
  [{ requiredCapabilities: { sampling: {} } }, 'sampling'],
  [{ requiredCapabilities: { elicitation: { url: {} }, roots: {} } }, 'elicitation.url roots'],
  [{ requiredCapabilities: [] }, undefined],
  [undefined, undefined],
])('what an upstream of 2026-07-28 says that its client lacks (%j), ours lacks', async (data, required) => {
  const error = new UpstreamRpcError('up', -32_021, 'no', data);
  const failed = calls.carry(call(), () => Promise.reject(error));
  await expect(failed).rejects.toMatchObject(
    required === undefined ? { code: 'upstream_rpc_error' } : { details: { members: { required } } },
  );
});
