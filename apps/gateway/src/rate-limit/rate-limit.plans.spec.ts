import { describe, expect, it } from '@jest/globals';
import type { RateLimitsFile } from '#config/rate-limits-file.js';
import type { Caller } from '#core/caller.js';
import { RateLimitPlans } from './rate-limit.plans.js';
import { RateLimitRules } from './rate-limit.rules.js';

const caller = (more: Partial<Caller> = {}): Caller => ({
  issuer: 'https://id',
  subject: 'ada',
  tenant: 'acme',
  tier: 'silver',
  scopes: new Set(),
  ...more,
});
const per = (limit: number, seconds = 60) => ({ limit, seconds });
const plans = (file: RateLimitsFile) => new RateLimitPlans(new RateLimitRules(file, 100));
const told = (file: RateLimitsFile, who: Partial<Caller> = {}, operation = 'listSessions') =>
  plans(file)
    .ofRequest(caller(who), operation, '')
    .limits.map(({ kind, limit, seconds }) => `${kind} ${limit}/${seconds}`);

const FILE: RateLimitsFile = {
  tenant: per(1_000),
  tiers: { gold: { subject: per(500), tenant: per(5_000) }, bronze: { subject: per(10, 1) } },
  tenants: { vip: { subject: per(9_000) }, whale: { tenant: per(90_000) } },
  routes: {
    recording: { operations: ['recordEvent'], apart: true, subject: per(6_000) },
    search: { operations: ['queryInsights', 'listInsights'], subject: per(5), tenant: per(50) },
    slow: { operations: ['queryInsights'], tenant: per(7) },
  },
};

describe('what a request counts against', () => {
  it.each<[string, string[], Partial<Caller>, string]>([
    ['its subject and its tenant', ['subject 100/60', 'tenant 1000/60'], {}, 'listSessions'],
    ['the tier’s limits', ['tier 500/60', 'tenant 5000/60'], { tier: 'gold' }, 'listSessions'],
    ['a tier’s limit beside the common one', ['tier 10/1', 'tenant 1000/60'], { tier: 'bronze' }, 'listSessions'],
    [
      'its tenant’s own, before its tier’s',
      ['subject 9000/60', 'tenant 5000/60'],
      { tenant: 'vip', tier: 'gold' },
      'listSessions',
    ],
    ['its tenant’s own', ['subject 100/60', 'tenant 90000/60'], { tenant: 'whale' }, 'listSessions'],
    ['nothing but the route’s, apart', ['route 6000/60'], {}, 'recordEvent'],
    ['the route’s too', ['subject 100/60', 'tenant 1000/60', 'route 5/60', 'route 50/60'], {}, 'listInsights'],
    [
      'all of its routes',
      ['subject 100/60', 'tenant 1000/60', 'route 5/60', 'route 50/60', 'route 7/60'],
      {},
      'queryInsights',
    ],
    ['the same on an unknown path', ['subject 100/60', 'tenant 1000/60'], {}, 'unknown'],
    ['the same at a name of JavaScript', ['subject 100/60', 'tenant 1000/60'], { tenant: '__proto__' }, 'constructor'],
  ])('is %s', (_what, limits, who, operation) => expect(told(FILE, who, operation)).toEqual(limits));

  it('is RATE_LIMIT_RPM where nothing is said', () => expect(told({})).toEqual(['subject 100/60']));

  it('is its address while nobody says who asks', () => {
    const { limits, policy } = plans({ ...FILE, anonymous: per(7) }).ofRequest(undefined, 'listSessions', '192.0.2.1');
    expect(limits).toMatchObject([{ kind: 'address', limit: 7, key: 'ratelimit::address:60:192.0.2.1' }]);
    expect(policy).toBe('"address";q=7;w=60');
  });

  it('has names that differ', () => {
    expect(plans(FILE).ofRequest(caller(), 'listInsights', '').policy).toBe(
      '"subject";q=100;w=60, "tenant";q=1000;w=60, "search";q=5;w=60, "search-tenant";q=50;w=60',
    );
  });
});

describe('keys', () => {
  const keysOf = (who: Partial<Caller>, operation = 'queryInsights') =>
    plans(FILE)
      .ofRequest(caller(who), operation, '')
      .limits.map(({ key }) => key);

  it('begin with the tenant', () => {
    expect(keysOf({ tenant: 'tenant-123' }).every((key) => key.startsWith('ratelimit:tenant-123:'))).toBe(true);
  });

  it('differ within a call, and between callers but for what they share', () => {
    expect(new Set(keysOf({})).size).toBe(5);
    const shared = (who: Partial<Caller>) => keysOf({}).filter((key) => keysOf(who).includes(key)).length;
    expect([shared({ subject: 'bob' }), shared({ issuer: 'https://other' }), shared({ tenant: 'b' })]).toEqual([
      3, 3, 0,
    ]);
  });

  it.each([
    { tenant: 'acme:calls:60' },
    { tenant: '' },
    { tenant: ':address:60:192.0.2.1' },
    { tenant: '*' },
    { tenant: 'acme', subject: 'x:all' },
    { tenant: 'acme', subject: 'all' },
  ])('of %j reach into nobody else’s', (who) => {
    const others = [...keysOf({}), 'ratelimit::address:60:192.0.2.1', 'ratelimit::probe'];
    const own = keysOf({ ...who, tenant: who.tenant });
    const sharedTenant = who.tenant === 'acme' ? 3 : 0;
    expect(own.filter((key) => others.includes(key))).toHaveLength(sharedTenant);
    expect(own.some((key) => key.startsWith('ratelimit::'))).toBe(false);
  });

  it('stay when only a limit changes, and change with the window', () => {
    const key = (seconds: number, limit: number) =>
      plans({ subject: per(limit, seconds) }).ofRequest(caller(), '', '').limits[0]!.key;
    expect(key(60, 5)).toBe(key(60, 6));
    expect(key(60, 5)).not.toBe(key(61, 5));
  });
});

describe('plans', () => {
  it('are made once for a caller and an operation', () => {
    const [all, who] = [plans(FILE), caller()];
    expect(all.ofRequest(who, 'a', '')).toBe(all.ofRequest(who, 'a', ''));
    expect(all.ofRequest(who, 'a', '')).not.toBe(all.ofRequest(caller(), 'a', ''));
  });

  it('of tools are those of the tool, of any tool, or none', () => {
    const all = plans({ tools: { search: { subject: per(3) }, '*': { subject: per(9) } } });
    const keyOf = (tool: string) => all.ofTool(caller(), tool).limits.map(({ kind, limit, key }) => [kind, limit, key]);
    expect(keyOf('search')).toMatchObject([['tool', 3, expect.stringMatching(/^ratelimit:acme:tool\.search:60:/)]]);
    expect(keyOf('a:b')).toMatchObject([['tool', 9, expect.stringMatching(/^ratelimit:acme:tool\.a%3Ab:60:/)]]);
    expect(plans({}).ofTool(caller(), 'search').limits).toEqual([]);
  });
});
