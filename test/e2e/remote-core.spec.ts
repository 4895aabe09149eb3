import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { SessionOut } from '#core/sessions/sessions.js';
import { Gateway } from '../support/boot-gateway.js';
import { aSession, anEvent, openSession } from '../support/builders.js';
import { CORE_API_KEY, FakeCore, type Fault } from '../support/fake-core.js';

const TRIES = 3;

let core: FakeCore;
let gateway: Gateway;
beforeAll(async () => {
  core = await FakeCore.start();
  gateway = await Gateway.boot({ ...core.settings(), HTTP_TIMEOUT_SECONDS: 1, HTTP_MAX_RETRIES: TRIES - 1 });
});
afterEach(() => core.reset());
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await core[Symbol.asyncDispose]();
});

const status = (code: number, headers?: Record<string, string>, body?: string): Fault => ({
  kind: 'status',
  status: code,
  headers,
  body,
});
const create = () => gateway.api.post<SessionOut>('/sessions', aSession());
const handshake = () =>
  gateway.api.post('/handshake', { client_name: 'c', client_version: '1', workspace_id: 'w', capabilities: {} });

describe('a call to Core', () => {
  it('carries the key, the tenant and the body, on Core’s own path', async () => {
    const input = aSession({ tags: ['t'] });
    await gateway.api.post('/sessions', input);
    expect(core.calls).toHaveLength(1);
    const call = core.calls[0]!;
    expect([call.method, call.path]).toEqual(['POST', '/mcp/sessions']);
    expect(call.headers).toMatchObject({ authorization: `Bearer ${CORE_API_KEY}`, 'x-achilles-tenant': 'default' });
    expect(JSON.parse(call.body)).toEqual(input);
  });

  it('never carries what the client sent as credentials', async () => {
    await gateway.api.with({ authorization: 'Bearer client-secret', cookie: 'c=1' }).get('/sessions');
    expect(JSON.stringify(core.calls)).not.toContain('client-secret');
    expect(core.calls[0]!.headers).not.toHaveProperty('cookie');
  });

  it('shares connections', async () => {
    await Promise.all(Array.from({ length: 20 }, create));
    expect(core.calls).toHaveLength(20);
  });

  it('is not made for what is wrong on sight', async () => {
    expect((await gateway.api.post('/sessions', {})).status).toBe(422);
    expect((await gateway.api.post('/signals/events/batch', { events: [{}] })).body).toMatchObject({
      received: 1,
      ingested: 0,
    });
    expect(core.calls).toHaveLength(0);
  });
});

describe('what Core refuses is passed on as it came', () => {
  it.each([400, 401, 403, 404, 409, 422])('%i', async (code) => {
    const problem = JSON.stringify({ type: 'core:own', status: code, detail: 'Core says no.' });
    core.failNext(status(code, { 'content-type': 'application/problem+json' }, problem));
    const answer = await gateway.api.post('/sessions', aSession());
    expect(answer.status).toBe(code);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toEqual(JSON.parse(problem));
    expect(core.calls).toHaveLength(1);
  });

  it('a wrong API key is a 401', async () => {
    const stranger = await Gateway.boot({ ...core.settings(), ACHILLES_API_KEY: 'not-the-key-of-this-core' });
    expect((await stranger.api.get('/sessions')).status).toBe(401);
    await stranger[Symbol.asyncDispose]();
  });
});

describe('what may pass by itself is tried again, an exact number of times', () => {
  it.each([429, 502, 503, 504])('%i once', async (code) => {
    core.failNext(status(code));
    expect((await create()).status).toBe(201);
    expect(core.calls).toHaveLength(2);
  });

  it.each([
    [429, 429],
    [502, 502],
    [503, 502],
    [504, 502],
  ])('%i for ever becomes %i', async (code, expected) => {
    core.failNext(status(code), 10);
    const { status: answered, body } = await create();
    expect(answered).toBe(expected);
    if (code !== 429) expect(body).toMatchObject({ code: 'upstream_failed', upstream_status: code });
    expect(core.calls).toHaveLength(TRIES);
  });

  it('a failure of a snapshot stops after the last try', async () => {
    const { id: session_id } = await openSession(gateway.api);
    core.reset();
    core.failNext(status(503), 10);
    expect((await gateway.api.post('/state/session', { session_id, snapshot_type: 't', payload: {} })).status).toBe(
      502,
    );
    expect(core.calls).toHaveLength(TRIES);
  });

  it('a batch is sent again as it was, and stored once', async () => {
    const { id } = await openSession(gateway.api);
    core.reset();
    core.failNext(status(503));
    const events = [anEvent({ session_id: id }), anEvent({ session_id: id })];
    const { body } = await gateway.api.post('/signals/events/batch', { events });
    expect(body).toMatchObject({ ingested: 2, deduped: 0 });
    expect(core.calls.map((call) => call.body)).toEqual([core.calls[0]!.body, core.calls[0]!.body]);
  });

  it('waits as long as Retry-After says', async () => {
    core.failNext(status(429, { 'retry-after': '1' }));
    const started = Date.now();
    expect((await create()).status).toBe(201);
    expect(Date.now() - started).toBeGreaterThanOrEqual(990);
  });

  it('passes on a Retry-After that asks for too much', async () => {
    core.failNext(status(429, { 'retry-after': '3600' }));
    const { status: code, headers } = await create();
    expect([code, headers.get('retry-after')]).toEqual([429, '3600']);
    expect(core.calls).toHaveLength(1);
  });

  it('not when repeating could do it twice: a handshake', async () => {
    core.failNext(status(503));
    expect((await handshake()).status).toBe(502);
    expect(core.calls).toHaveLength(1);
  });
});

describe('what is broken is told as a problem that gives nothing away', () => {
  it.each<[string, Fault, number, string, number]>([
    ['500', status(500, {}, 'Traceback: secret stack'), 502, 'upstream_failed', 1],
    ['501', status(501), 502, 'upstream_failed', 1],
    ['a redirect', status(302, { location: 'http://127.0.0.1:1/' }), 502, 'upstream_invalid_response', 1],
    ['a hang', { kind: 'hang' }, 504, 'upstream_timeout', 1],
    ['an answer too late', { kind: 'slow', ms: 2_000 }, 504, 'upstream_timeout', 1],
    ['a reset', { kind: 'reset' }, 502, 'upstream_unreachable', 1],
    ['HTML', { kind: 'garbage', body: '<html>secret</html>' }, 502, 'upstream_invalid_response', 1],
    ['half an answer', { kind: 'garbage', body: '{"id":' }, 502, 'upstream_invalid_response', 1],
    ['another shape', { kind: 'garbage', body: '{"hello":"secret"}' }, 502, 'upstream_invalid_response', 1],
    ['nothing', { kind: 'garbage', body: '' }, 502, 'upstream_invalid_response', 1],
  ])('%s', async (_what, fault, expected, code, calls) => {
    core.failNext(fault, 10);
    const { status: answered, headers, body } = await create();
    expect(answered).toBe(expected);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(body).toMatchObject({ status: expected, code });
    expect(JSON.stringify(body)).not.toMatch(/secret|Traceback|127\.0\.0\.1/);
    expect(core.calls).toHaveLength(calls);
  });

  it('a slow answer within the limit is an answer', async () => {
    core.failNext({ kind: 'slow', ms: 150 });
    expect((await create()).status).toBe(201);
  });

  it('members that the contract does not name are dropped', async () => {
    const { body } = await create();
    core.failNext({ kind: 'garbage', body: JSON.stringify({ ...body, internal_note: 'secret' }) });
    const answer = await gateway.api.get<SessionOut>(`/sessions/${body.id}`);
    expect(answer.body).toEqual(body);
  });
});

describe('a Core that is not there', () => {
  it('is tried again, then told', async () => {
    const lost = await Gateway.boot({
      ...core.settings(),
      ACHILLES_BASE_URL: 'http://127.0.0.1:1',
      HTTP_MAX_RETRIES: 1,
    });
    const { status: code, body } = await lost.api.post('/sessions', aSession());
    expect([code, body['code']]).toEqual([502, 'upstream_unreachable']);
    const health = await lost.api.get('/health');
    expect([health.status, health.body['status']]).toEqual([200, 'ok']);
    const ready = await fetch(`${lost.url}/readyz`);
    expect(await ready.json()).toMatchObject({ details: { achilles_core: { status: 'degraded' } } });
    await lost.api.post('/signals/events', anEvent({ external_session_key: 'k' }));
    expect((await lost.api.get('/health')).body).toMatchObject({ status: 'degraded', accepting_signals: false });
    await lost[Symbol.asyncDispose]();
  });
});
