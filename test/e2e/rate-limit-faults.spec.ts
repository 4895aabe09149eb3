import { mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import type { Caller, Tier } from '#core/caller.js';
import { RateLimitService } from '#gateway/rate-limit/rate-limit.service.js';
import { Gateway } from '../support/boot-gateway.js';
import { eventually } from '../support/embedded-stage.js';
import { GatewayProcess } from '../support/gateway-process.js';
import { RedisServer } from '../support/redis-server.js';

const metric = async (gateway: Gateway, name: string): Promise<number> =>
  (await gateway.app.get(Registry).getSingleMetric(name)!.get()).values.reduce((sum, { value }) => sum + value, 0);

const readiness = async (gateway: Gateway) => {
  const response = await fetch(`${gateway.url}/readyz`);
  const { details } = (await response.json()) as { details: Record<string, { status: string }> };
  return [response.status, details['redis']?.status];
};

describe.each(['open', 'closed'] as const)('Redis away, failing %s', (mode) => {
  const stack = new AsyncDisposableStack();
  let redis: RedisServer;
  let gateway: Gateway;
  beforeAll(async () => {
    redis = stack.use(await RedisServer.start());
    gateway = stack.use(await Gateway.boot({ REDIS_URL: redis.url, RATE_LIMIT_RPM: 20, RATE_LIMIT_FAIL_MODE: mode }));
  });
  afterAll(() => stack.disposeAsync());

  const statuses = async (calls: number) =>
    (await Promise.all(Array.from({ length: calls }, () => gateway.api.get('/sessions')))).map(({ status }) => status);
  const isCounted = () =>
    eventually(async () => {
      expect((await gateway.api.get('/sessions')).headers.get('x-ratelimit-limit')).toBe('20');
    });

  async function expectAway(): Promise<void> {
    const name = mode === 'open' ? 'achilles_rate_limit_failed_open_total' : 'achilles_rate_limit_failed_closed_total';
    const before = await metric(gateway, name);
    expect(new Set(await statuses(30))).toEqual(new Set([mode === 'open' ? 200 : 503]));
    expect((await metric(gateway, name)) - before).toBe(30);
    if (mode === 'closed') {
      const { headers, body } = await gateway.api.get('/sessions');
      expect([headers.get('retry-after'), body['code']]).toEqual(['1', 'rate_limits_unavailable']);
    }
    expect(await readiness(gateway)).toEqual([200, 'degraded']);
    expect((await gateway.api.get('/health')).status).toBe(200);
  }

  it('serves, degraded, while Redis is frozen, without waiting for it each time', async () => {
    expect(await readiness(gateway)).toEqual([200, 'up']);
    await isCounted();
    redis.signal('SIGSTOP');
    try {
      await expectAway();
      const began = performance.now();
      for (let i = 0; i < 20; i++) await gateway.api.get('/sessions');
      // Each of them alone would wait 40 ms.
      expect(performance.now() - began).toBeLessThan(3_000);
    } finally {
      redis.signal('SIGCONT');
    }
    await isCounted();
    expect(await readiness(gateway)).toEqual([200, 'up']);
  });

  it('serves while Redis is dead, and counts again when it is back', async () => {
    await redis.end();
    await eventually(async () => expect((await readiness(gateway))[1]).toBe('degraded'));
    await expectAway();
    await redis.start();
    await isCounted();
    const rest = await statuses(25);
    expect(rest.filter((status) => status === 200).length).toBeLessThan(20);
    expect(rest).toContain(429);
  });
});

it('tells of it once, not at each call', async () => {
  await using redis = await RedisServer.start();
  await using gateway = await GatewayProcess.start({
    ACHILLES_CORE: 'remote',
    ACHILLES_BASE_URL: 'http://127.0.0.1:1',
    ACHILLES_API_KEY: 'K7vQ2m9Xz4Lw8Rt1Yp6Ns3Jd5Hf0Gb7Ca',
    LOG_LEVEL: 'info',
    REDIS_URL: redis.url,
  });
  const lines = () => gateway.said().filter(({ context }) => context === 'Redis');
  const isCounted = async () => {
    const { headers } = await gateway.api.get('/no/such/path');
    expect(headers.get('x-ratelimit-limit')).toBe('1000000000');
  };
  for (let round = 1; round <= 2; round++) {
    await eventually(isCounted);
    await redis.end();
    for (let i = 0; i < 30; i++) expect((await gateway.api.get('/no/such/path')).status).toBe(404);
    await redis.start();
    await eventually(isCounted);
    const told = Array.from({ length: round }, () => ['Redis is away', 'Redis is back']).flat();
    // Lines are written in the background.
    await eventually(() => {
      const said = lines().map(({ msg }) => msg.split(':')[0]);
      // On a machine that stands still for a moment Redis is taken for away once more.
      expect(said).toEqual(said.map((_, i) => told[i % 2]));
      expect(said.length).toBeGreaterThanOrEqual(told.length);
      expect(said.length).toBeLessThanOrEqual(told.length + 4);
    });
  }
});

it('starts while Redis is away, and counts when it comes', async () => {
  await using redis = await RedisServer.start();
  await redis.end();
  await using gateway = await Gateway.boot({ REDIS_URL: redis.url, RATE_LIMIT_RPM: 20 });
  expect((await gateway.api.get('/sessions')).status).toBe(200);
  await redis.start();
  await eventually(async () => {
    expect((await gateway.api.get('/sessions')).headers.get('x-ratelimit-limit')).toBe('20');
  });
});

describe('config/rate-limits.yaml', () => {
  let folder: string;
  let file: string;
  let gateway: Gateway;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'achilles-limits-'));
    file = join(folder, 'rate-limits.yaml');
    await writeFile(join(folder, 'first.yaml'), 'subject: { limit: 1000 }\nroutes: {}\n');
    await symlink('first.yaml', file);
    gateway = await Gateway.boot({ RATE_LIMITS_FILE: file });
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  const limit = async () => (await gateway.api.get('/sessions')).headers.get('x-ratelimit-limit');
  const reloads = (result: string) =>
    metric(gateway, 'achilles_rate_limit_rules_reloads_total').then((sum) => `${sum} ${result}`);
  /** As a ConfigMap's update does it: the link is exchanged. */
  async function exchange(text: string): Promise<void> {
    const name = `v${Date.now()}.yaml`;
    await writeFile(join(folder, name), text);
    await symlink(name, join(folder, 'next'));
    await rename(join(folder, 'next'), file);
  }

  it('is read again when it changes', async () => {
    expect(await limit()).toBe('1000');
    await exchange('subject: { limit: 77 }\n');
    await eventually(async () => expect(await limit()).toBe('77'));
  });

  it.each([
    ['no YAML', 'subject: {'],
    ['nothing', ''],
    ['an unknown word', 'subjects: { limit: 5 }\n'],
    ['a limit below 0', 'subject: { limit: -5 }\n'],
  ])('that holds %s changes nothing', async (_what, text) => {
    const before = await reloads('');
    await exchange(text);
    await eventually(async () => expect(await reloads('')).not.toBe(before));
    expect(await limit()).toBe('77');
  });

  it('that is gone changes nothing, and is read when it is there again', async () => {
    const before = await reloads('');
    await unlink(file);
    await eventually(async () => expect(await reloads('')).not.toBe(before));
    expect(await limit()).toBe('77');
    await writeFile(file, 'subject: { limit: 88 }\n');
    await eventually(async () => expect(await limit()).toBe('88'));
  });

  it('stops a start that it would mislead', async () => {
    await writeFile(join(folder, 'bad.yaml'), 'tiers: { platinum: {} }\nsubject: { limit: many }\n');
    const boot = Gateway.boot({ RATE_LIMITS_FILE: join(folder, 'bad.yaml') });
    await expect(boot).rejects.toThrow(/bad\.yaml: subject.limit must be integer\n.*bad\.yaml: tiers .*platinum/);
  });
});

describe('limits of a tool', () => {
  const caller = (tenant: string, subject: string, tier: Tier = 'bronze'): Caller => ({
    issuer: 'https://id.example',
    subject,
    tenant,
    tier,
    scopes: new Set(),
  });

  it('hold for each subject, tier and tenant', async () => {
    await using redis = await RedisServer.start();
    const folder = await mkdtemp(join(tmpdir(), 'achilles-tools-'));
    const file = join(folder, 'limits.yaml');
    await writeFile(
      file,
      "tools:\n  search: { subject: { limit: 2 }, tenant: { limit: 3 }, tiers: { gold: { subject: { limit: 3 } } } }\n  '*': { subject: { limit: 1 } }\n",
    );
    await using gateway = await Gateway.boot({ REDIS_URL: redis.url, RATE_LIMITS_FILE: file });
    const limits = gateway.app.get(RateLimitService);
    const take = async (who: Caller, tool: string) =>
      limits.take(who, { tool }).then(
        () => 'granted',
        (error: { code: string; details: { members: unknown } }) => [error.code, error.details.members],
      );
    const [ada, bob, eve, gus] = [
      caller('a', 'ada'),
      caller('a', 'bob'),
      caller('e', 'ada'),
      caller('g', 'gus', 'gold'),
    ];
    const limited = (quota: number) => [
      'rate_limited',
      { error: 'RateLimitError', limit: 'tool', quota, window_seconds: 60 },
    ];
    expect([await take(ada, 'search'), await take(ada, 'search')]).toEqual(['granted', 'granted']);
    expect(await take(ada, 'search')).toEqual(limited(2));
    expect([await take(bob, 'search'), await take(bob, 'search')]).toEqual(['granted', limited(3)]);
    expect(await take(eve, 'search')).toBe('granted');
    for (let i = 0; i < 3; i++) expect(await take(gus, 'search')).toBe('granted');
    expect(await take(gus, 'search')).toEqual(limited(3));
    expect([await take(ada, 'other'), await take(ada, 'other'), await take(ada, 'another')]).toEqual([
      'granted',
      limited(1),
      'granted',
    ]);
    await rm(folder, { recursive: true });
  });
});
