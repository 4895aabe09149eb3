import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import type { Tool, ToolCall } from '#gateway/tools/tool.js';
import { Breakers } from '#gateway/tools/stages/breakers.js';
import { BackendUnavailable, UpstreamResponse } from '#gateway/tools/tools.errors.js';
import { Api } from '../support/api.js';
import { Gateway } from '../support/boot-gateway.js';
import { eventually } from '../support/embedded-stage.js';
import { aTool, hanging, type ScriptedTool, sourceOf, text } from '../support/scripted-tools.js';
import { type Called, callTool } from '../support/tool-caller.js';

/** What the tools met, by name, and what they do next. */
let met: Map<string, ToolCall[]>;
let next: (call: ToolCall, nth: number) => Promise<never> | undefined;

const away = () => Promise.reject(new BackendUnavailable('far'));
const answering = (status: number, retryAfter?: number) =>
  Promise.reject(new UpstreamResponse('far', status, retryAfter));

const tool = (name: string, terms: ScriptedTool = {}): Tool =>
  aTool(name, {
    call: (call) => {
      const calls = met.get(name) ?? [];
      met.set(name, [...calls, call]);
      return next(call, calls.length + 1) ?? Promise.resolve(text('done'));
    },
    ...terms,
  });

const tries = (name: string) => met.get(name)?.length ?? 0;

let gateway: Gateway;
let admin: Api;
beforeAll(async () => {
  const tools = [
    tool('quick', { timeoutMs: 200 }),
    tool('deaf', { timeoutMs: 200 }),
    tool('local', { timeoutMs: 200, guarded: false, idempotent: true }),
    tool('patient', { timeoutMs: 5_000, tryTimeoutMs: 100, idempotent: true }),
    tool('impatient', { timeoutMs: 5_000, tryTimeoutMs: 100 }),
    ...['failing', 'probed', 'by-hand', 'refusing', 'slow'].map((name) => tool(name, { timeoutMs: 300 })),
    tool('narrow', { concurrency: 2 }),
    tool('repeatable', { idempotent: true }),
    tool('once'),
    tool('later', { idempotent: true }),
    tool('never', { idempotent: true, timeoutMs: 900 }),
    tool('remembered', { cacheSeconds: 60 }),
    ...['left', 'stays'].map((name) => tool(name)),
  ];
  gateway = await Gateway.boot({}, { sources: [sourceOf(tools)] });
  admin = new Api(gateway.url);
});
afterAll(() => gateway[Symbol.asyncDispose]());
beforeEach(() => {
  met = new Map();
  next = () => undefined;
});

const call = (name: string, args?: unknown, signal?: AbortSignal) =>
  callTool(gateway, name, args, signal ? { signal } : {});
const told = ({ status, body }: Called) => [status, body['error'] ?? 'ok'];

async function calls(count: number, name: string): Promise<unknown[][]> {
  const all: unknown[][] = [];
  for (let i = 0; i < count; i++) all.push(told(await call(name)));
  return all;
}

async function metric(name: string, ...labels: string[]): Promise<number> {
  const { values } = await gateway.app.get(Registry).getSingleMetric(name)!.get();
  return values.find((value) => labels.every((label) => Object.values(value.labels).includes(label)))?.value ?? 0;
}

describe('time', () => {
  it.each(['quick', 'local'])('%s is told when the time is up, and the source is aborted then', async (name) => {
    next = hanging;
    const began = performance.now();
    expect(told(await call(name))).toEqual([504, 'ToolTimeoutError']);
    expect(performance.now() - began).toBeGreaterThanOrEqual(199);
    const { signal, deadline } = met.get(name)![0]!;
    expect([signal.aborted, tries(name)]).toEqual([true, 1]);
    expect(deadline - began).toBeGreaterThanOrEqual(200);
  });

  it('is up for a source that does not listen, too', async () => {
    next = () => new Promise<never>(() => undefined);
    expect(told(await call('deaf'))).toEqual([504, 'ToolTimeoutError']);
  });

  it('of a try is a part of it: another try follows where that is harmless', async () => {
    for (let i = 0; i < 5; i++) await call('patient');
    met.clear();
    next = (one, nth) => (nth === 1 ? hanging(one) : undefined);
    expect(told(await call('patient'))).toEqual([200, 'ok']);
    expect(tries('patient')).toBe(2);
    met.clear();
    expect(told(await call('impatient'))).toEqual([504, 'ToolTimeoutError']);
  });
});

describe('a breaker', () => {
  it('opens within ten failing calls, and then nobody calls', async () => {
    next = away;
    const answers = await calls(12, 'failing');
    const failed = answers.filter(([, error]) => error === 'BackendUnavailableError').length;
    expect(failed).toBeLessThanOrEqual(10);
    expect(answers.slice(failed)).toEqual(Array(12 - failed).fill([503, 'CircuitOpenError']));
    expect(tries('failing')).toBe(failed);
    const { headers } = await call('failing');
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await metric('achilles_breaker_state', 'upstream-of-failing:failing')).toBe(2);
    expect(await metric('achilles_breaker_openings_total', 'upstream-of-failing:failing')).toBe(1);
    next = () => undefined;
    expect(told(await call('once'))).toEqual([200, 'ok']);
  });

  it('tries once in ten seconds, and closes after two good tries', async () => {
    const named = gateway.app.get(Breakers).named('upstream-of-probed:probed');
    let time = 0;
    Object.assign(named.breaker, { now: () => time });
    next = () => answering(500);
    await calls(10, 'probed');
    met.clear();
    next = () => undefined;
    const seen: string[] = [];
    for (const at of [9_999, 10_000, 15_000, 20_000, 20_001]) {
      time = at;
      seen.push(`${named.breaker.state} ${(await call('probed')).status}`);
    }
    expect(seen).toEqual(['open 503', 'open 200', 'half_open 503', 'half_open 200', 'closed 200']);
    expect(tries('probed')).toBe(3);
  });

  it.each([
    ['what is asked wrongly', 'refusing', () => answering(404), 'closed'],
    ['too many calls', 'refusing', () => answering(429), 'closed'],
    ['an error of its own', 'slow', () => answering(500), 'open'],
    ['silence', 'slow', hanging, 'open'],
  ])('judges by %s', async (_what, name, does, state) => {
    await admin.call('POST', `/admin/breakers/upstream-of-${name}:${name}/auto`);
    next = does as typeof next;
    await Promise.all(Array.from({ length: 12 }, () => call(name)));
    expect(gateway.app.get(Breakers).named(`upstream-of-${name}:${name}`).breaker.state).toBe(state);
  });

  it('is opened, closed and left to itself by hand', async () => {
    const path = '/admin/breakers/upstream-of-by-hand%3Aby-hand';
    const by = async (command: string) => (await admin.call('POST', `${path}/${command}`)).body;
    expect(await by('open')).toEqual({
      name: 'upstream-of-by-hand:by-hand',
      upstream: 'upstream-of-by-hand',
      tool: 'by-hand',
      state: 'open',
      mode: 'open',
      failures: 0,
    });
    expect(told(await call('by-hand'))).toEqual([503, 'CircuitOpenError']);
    next = away;
    expect(await by('close')).toMatchObject({ state: 'closed', mode: 'closed' });
    await calls(20, 'by-hand');
    expect(tries('by-hand')).toBe(20);
    expect(await by('auto')).toMatchObject({ state: 'closed', mode: 'auto' });
    await calls(20, 'by-hand');
    const { body } = await admin.get<{ breakers: { name: string }[] }>('/admin/breakers');
    expect(body.breakers).toContainEqual(expect.objectContaining({ tool: 'by-hand', state: 'open', mode: 'auto' }));
    expect(body.breakers.map(({ name }) => name)).not.toContain('upstream-of-local:local');
  });

  it.each([
    'nobody:nothing/open',
    'upstream-of-local:local/open',
    '__proto__/auto',
    'upstream-of-by-hand:by-hand/half',
  ])('%s is nothing', async (path) => expect((await admin.call('POST', `/admin/breakers/${path}`)).status).toBe(404));
});

describe('the guard', () => {
  it('lets as many run as the tool says, four times as many wait, and refuses the rest', async () => {
    const gate = Promise.withResolvers<never>();
    next = () => gate.promise;
    const leaving = new AbortController();
    const first = [call('narrow'), call('narrow')];
    await eventually(() => expect(tries('narrow')).toBe(2));
    const gone = Array.from({ length: 8 }, () => call('narrow', {}, leaving.signal).catch(() => 'gone'));
    await eventually(async () => expect(await metric('achilles_tool_calls_in_flight')).toBe(10));
    const refused = await call('narrow');
    expect([...told(refused), refused.headers.get('retry-after')]).toEqual([503, 'GuardRejectionError', '1']);
    expect(await metric('achilles_tool_guard_rejections_total', 'upstream-of-narrow')).toBe(1);
    leaving.abort();
    await Promise.all(gone);
    await eventually(async () => expect(await metric('achilles_tool_calls_in_flight')).toBe(2));
    const waiting = Array.from({ length: 8 }, () => call('narrow'));
    await eventually(async () => expect(await metric('achilles_tool_calls_in_flight')).toBe(10));
    expect(tries('narrow')).toBe(2);
    next = () => undefined;
    gate.reject(new BackendUnavailable('far'));
    expect((await Promise.all(first)).map(told)).toEqual(Array(2).fill([503, 'BackendUnavailableError']));
    expect((await Promise.all(waiting)).map(told)).toEqual(Array(8).fill([200, 'ok']));
    expect(await calls(3, 'narrow')).toEqual(Array(3).fill([200, 'ok']));
  });
});

describe('retries', () => {
  it('are a fifth of the calls, and only where they are harmless', async () => {
    await admin.call('POST', '/admin/breakers/upstream-of-repeatable:repeatable/close');
    await admin.call('POST', '/admin/breakers/upstream-of-once:once/close');
    next = () => answering(503);
    for (let batch = 0; batch < 10; batch++) {
      const both = ['repeatable', 'once'].flatMap((name) => Array.from({ length: 20 }, () => call(name)));
      expect((await Promise.all(both)).map(told)).toEqual(Array(40).fill([502, 'UpstreamResponseError']));
    }
    expect([tries('repeatable'), tries('once')]).toEqual([240, 200]);
    expect(await metric('achilles_tool_retries_total', 'upstream-of-repeatable')).toBe(40);
    expect(await metric('achilles_tool_retries_denied_total', 'upstream-of-repeatable')).toBeGreaterThan(0);
  });

  it('wait as long as they are told, where there is time for it', async () => {
    await calls(5, 'later');
    met.clear();
    let failedAt = 0;
    next = (_call, nth) => {
      if (nth > 1) return undefined;
      failedAt = performance.now();
      return answering(503, 1);
    };
    expect(told(await call('later'))).toEqual([200, 'ok']);
    expect(performance.now() - failedAt).toBeGreaterThanOrEqual(1_000);
    await calls(5, 'never');
    met.clear();
    next = () => answering(429, 60);
    const answer = await call('never');
    expect([...told(answer), answer.headers.get('retry-after'), tries('never')]).toEqual([
      502,
      'UpstreamResponseError',
      '60',
      1,
    ]);
  });
});

it('equal calls of a tool that remembers are one, and later ones none', async () => {
  const gate = Promise.withResolvers<never>();
  next = () => gate.promise;
  const all = Array.from({ length: 20 }, () => call('remembered', { a: 1 }));
  await eventually(async () => expect(await metric('achilles_tool_calls_in_flight')).toBe(20));
  gate.resolve(text('once') as never);
  expect(new Set((await Promise.all(all)).map(({ body }) => JSON.stringify(body))).size).toBe(1);
  await call('remembered', { a: 1 });
  await call('remembered', { a: 2 });
  expect(tries('remembered')).toBe(2);
  const results = ['hit', 'shared', 'miss'].map((result) => metric('achilles_tool_cache_lookups_total', result));
  expect(await Promise.all(results)).toEqual([1, 19, 2]);
});

it('a client that leaves takes its call with it, and nobody else’s', async () => {
  next = hanging;
  const leave = { left: new AbortController(), stays: new AbortController() };
  const gone = Object.entries(leave).map(([name, { signal }]) => call(name, {}, signal).catch(() => 'gone'));
  await eventually(() => expect([tries('left'), tries('stays')]).toEqual([1, 1]));
  leave.left.abort();
  await eventually(() => expect(met.get('left')![0]!.signal.aborted).toBe(true));
  expect(met.get('stays')![0]!.signal.aborted).toBe(false);
  await eventually(async () => expect(await metric('achilles_tool_calls_total', 'left', 'cancelled')).toBe(1));
  leave.stays.abort();
  expect(await Promise.all(gone)).toEqual(['gone', 'gone']);
});
