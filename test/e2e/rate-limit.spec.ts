import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import type { Answer } from '../support/api.js';
import { Gateway } from '../support/boot-gateway.js';
import { aSession, anEvent } from '../support/builders.js';
import { RedisServer } from '../support/redis-server.js';

const stack = new AsyncDisposableStack();
let redis: RedisServer;
let gateways: [Gateway, Gateway];
const DENIED = { authorization: 'Bearer ams_forged' };

beforeAll(async () => {
  redis = stack.use(await RedisServer.start());
  const settings = { REDIS_URL: redis.url, RATE_LIMIT_RPM: 50 };
  const first = stack.use(await Gateway.boot(settings));
  gateways = [first, stack.use(await Gateway.boot({ ...settings, DATABASE_URL: first.database!.url }))];
});
afterAll(() => stack.disposeAsync());
beforeEach(() => redis.cli('flushdb'));

const numbers = ({ headers }: Answer<unknown>) =>
  ['limit', 'remaining', 'reset'].map((name) => Number(headers.get(`x-ratelimit-${name}`) ?? Number.NaN));

async function counter(gateway: Gateway, name: string, labels: Record<string, string> = {}): Promise<number> {
  const metric = (await gateway.app.get(Registry).getSingleMetric(name)!.get()).values;
  const fits = metric.filter((value) => Object.entries(labels).every(([key, label]) => value.labels[key] === label));
  return fits.reduce((sum, { value }) => sum + value, 0);
}

describe('two gateways on one Redis', () => {
  it('let exactly as many through as there is room for', async () => {
    const [first, second] = gateways;
    for (let i = 0; i < 10; i++) expect((await first.api.get('/sessions')).status).toBe(200);
    const calls = Array.from({ length: 100 }, (_, i) => (i % 2 ? first : second).api.get('/sessions'));
    const answers = await Promise.all(calls);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(40);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(60);
    expect(await counter(first, 'achilles_rate_limit_storage_failures_total')).toBe(0);
    const remaining = answers.filter(({ status }) => status === 200).map((answer) => numbers(answer)[1]);
    expect(remaining.toSorted((a, b) => a! - b!)).toEqual(Array.from({ length: 40 }, (_, i) => i));
  });

  it('are freed by the line of the runbook', async () => {
    const [first, second] = gateways;
    for (let i = 0; i < 51; i++) await first.api.get('/sessions');
    expect((await second.api.get('/sessions')).status).toBe(429);
    await redis.shell('redis-cli KEYS "ratelimit:default:*" | xargs redis-cli DEL');
    expect(numbers(await second.api.get('/sessions'))[1]).toBe(49);
  });
});

describe('what the client is told', () => {
  it('is on every answer, whatever its status', async () => {
    const { api } = gateways[0];
    const answers = [
      await api.get('/sessions'),
      await api.get('/no/such/path'),
      await api.get('/sessions/019a0000-0000-7000-8000-000000000000'),
      await api.post('/sessions', {}),
      await api.call('POST', '/sessions', '{'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 404, 422, 400]);
    expect(answers.map((answer) => numbers(answer)[1])).toEqual([49, 48, 47, 46, 45]);
    const refused = await api.get('/sessions', DENIED);
    expect(refused.status).toBe(401);
    expect(numbers(refused).slice(0, 2)).toEqual([50, 49]);
    expect(refused.headers.get('ratelimit-policy')).toBe('"address";q=50;w=60');
  });

  it('is the standing, in both spellings', async () => {
    const answer = await gateways[0].api.get('/sessions');
    const [limit, remaining, reset] = numbers(answer);
    expect([limit, remaining]).toEqual([50, 49]);
    expect(Math.abs(reset! - Date.now() / 1_000 - 60)).toBeLessThan(5);
    expect(answer.headers.get('ratelimit-policy')).toBe('"subject";q=50;w=60');
    expect(answer.headers.get('ratelimit')).toMatch(/^"subject";r=49;t=(60|59)$/);
  });

  it('is a problem with the time to wait when the limit is used up', async () => {
    const { api } = gateways[0];
    for (let i = 0; i < 50; i++) await api.get('/sessions');
    const { status, headers, body } = await api.get('/sessions');
    expect(status).toBe(429);
    expect(headers.get('content-type')).toContain('application/problem+json');
    const wait = Number(headers.get('retry-after'));
    expect(wait).toBeGreaterThanOrEqual(1);
    expect(wait).toBeLessThanOrEqual(60);
    expect(body).toMatchObject({ code: 'rate_limited', status: 429, limit: 'subject', quota: 50, window_seconds: 60 });
    expect(headers.get('ratelimit')).toMatch(/^"subject";r=0;t=\d+$/);
  });

  it('comes before the body is read, and before the route is looked at', async () => {
    const { api } = gateways[0];
    for (let i = 0; i < 50; i++) await api.get('/sessions');
    expect((await api.post('/sessions', { padding: 'x'.repeat(5_000_000) })).status).toBe(429);
    expect((await api.get('/no/such/path')).status).toBe(429);
  });
});

describe('refused tokens', () => {
  it('count for their address, and use up nothing of a caller', async () => {
    const { api } = gateways[0];
    const statuses: number[] = [];
    for (let i = 0; i < 52; i++) statuses.push((await api.get('/sessions', DENIED)).status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(50);
    expect(statuses.slice(50)).toEqual([429, 429]);
    expect((await api.get('/sessions', DENIED)).body).toMatchObject({ limit: 'address' });
    expect(numbers(await api.get('/sessions'))[1]).toBe(49);
  });
});

it.each(['/api/achilles/v1/mcp/health', '/livez', '/readyz', '/health', '/metrics'])(
  '%s is not limited',
  async (path) => {
    const [{ api, url }] = gateways;
    for (let i = 0; i < 51; i++) await api.get('/sessions');
    const response = await fetch(url + path, { headers: DENIED });
    expect(response.status).not.toBe(429);
    expect(response.headers.get('x-ratelimit-limit')).toBeNull();
  },
);

it('counts what it decides', async () => {
  const [{ api }] = gateways;
  const decisions = (decision: string) =>
    counter(gateways[0], 'achilles_rate_limit_decisions_total', { decision, limit: 'subject' });
  const [granted, limited] = [await decisions('granted'), await decisions('limited')];
  for (let i = 0; i < 53; i++) await api.get('/sessions');
  expect([(await decisions('granted')) - granted, (await decisions('limited')) - limited]).toEqual([50, 3]);
});

it('without Redis counts in memory, the same to a client', async () => {
  await using gateway = await Gateway.boot({ RATE_LIMIT_RPM: 3 });
  const answers = [];
  for (let i = 0; i < 4; i++) answers.push(await gateway.api.post('/sessions', aSession()));
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 429]);
  expect(answers.map((answer) => numbers(answer)[1])).toEqual([2, 1, 0, 0]);
  expect((await gateway.api.post('/signals/events', anEvent())).status).toBe(429);
});

it('as it ships, recording events uses up none of a caller’s other calls', async () => {
  await using gateway = await Gateway.boot({ RATE_LIMIT_RPM: 3, RATE_LIMITS_FILE: 'config/rate-limits.yaml' });
  const events = { events: [anEvent()] };
  const answers = [];
  for (let i = 0; i < 5; i++) answers.push(await gateway.api.post('/signals/events/batch', events));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  expect(answers[4]!.headers.get('ratelimit-policy')).toBe('"recording";q=6000;w=60, "recording-tenant";q=300000;w=60');
  expect(numbers(answers[4]!).slice(0, 2)).toEqual([6_000, 5_995]);
  const other = await gateway.api.get('/sessions');
  expect(other.headers.get('ratelimit-policy')).toBe('"subject";q=3;w=60, "tenant";q=6000;w=60');
  expect(numbers(other).slice(0, 2)).toEqual([3, 2]);
});
