import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AuthStage } from '../support/auth-stage.js';
import { forge, goodClaims, seconds } from '../support/forge.js';
import { aSigningKey, type Outage, type SigningKey } from '../support/identity-provider.js';

let stage: AuthStage;
beforeEach(async () => {
  stage = await AuthStage.open();
});
afterEach(() => stage[Symbol.asyncDispose]());

let count = 0;
/** A good token that no memory holds. */
const fresh = (key?: SigningKey, now = seconds()) =>
  forge(stage.provider, { key, claims: { ...goodClaims(stage.provider, now), jti: String(++count) } });
const call = async (token: string) => (await stage.as(token).get('/sessions')).status;
const MINUTE = 60_000;

/** Moves the gateway's clock ahead, and says what time it is then. */
function ahead(milliseconds: number): number {
  const time = Date.now() + milliseconds;
  stage.time = time;
  return Math.floor(time / 1_000);
}

it('fetches the keys once for a stampede', async () => {
  const statuses = await Promise.all(Array.from({ length: 200 }, () => call(fresh())));
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(stage.provider.fetches).toBe(1);
});

it('verifies a token once for a stampede of it', async () => {
  await call(fresh());
  const token = fresh();
  const statuses = await Promise.all(Array.from({ length: 100 }, () => call(token)));
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(stage.provider.fetches).toBe(1);
});

it('does not ask again for every key that nobody has', async () => {
  await call(fresh());
  const strangers = Array.from({ length: 100 }, (_, index) => fresh({ ...aStranger, kid: `unknown-${index}` }));
  for (const token of strangers) expect(await call(token)).toBe(401);
  expect(stage.provider.fetches).toBeLessThanOrEqual(3);
  await Promise.all(strangers.map(call));
  expect(stage.provider.fetches).toBeLessThanOrEqual(3);
});
const aStranger = aSigningKey();

describe('new keys', () => {
  it('are found at once, also right after a key that nobody has', async () => {
    await call(fresh());
    expect(await call(fresh(aStranger))).toBe(401);
    for (let rotation = 0; rotation < 5; rotation++) {
      const next = aSigningKey();
      stage.provider.publish([next, ...stage.provider.keys]);
      expect(await call(fresh(next))).toBe(200);
    }
  });

  it('are found ten seconds later at the most, whoever keeps asking for keys that nobody has', async () => {
    await call(fresh());
    for (let i = 0; i < 20; i++) await call(fresh({ ...aStranger, kid: `unknown-${i}` }));
    const next = aSigningKey();
    stage.provider.publish([next, ...stage.provider.keys]);
    const now = ahead(10_001);
    expect(await call(fresh(next, now))).toBe(200);
  });

  it('with an overlap fail nobody under load, from publication to the end of the old one', async () => {
    const [old] = stage.provider.keys;
    const next = aSigningKey();
    let signer = old!;
    let isRunning = true;
    const statuses: number[] = [];
    const client = async () => {
      while (isRunning) statuses.push(await call(fresh(signer)));
    };
    const clients = [client(), client(), client(), client()];
    const someCalls = async () => {
      const enough = statuses.length + 60;
      while (statuses.length < enough) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await someCalls();
    stage.provider.publish([old!, next]);
    await someCalls();
    stage.provider.publish([next, old!]);
    signer = next;
    await someCalls();
    stage.provider.publish([next]);
    await someCalls();
    isRunning = false;
    await Promise.all(clients);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
  });

  it('of the provider itself sign its next token', async () => {
    expect(await call(await stage.provider.token())).toBe(200);
    stage.provider.publish([aSigningKey('ES256'), ...stage.provider.keys]);
    expect(await call(await stage.provider.token())).toBe(200);
  });
});

it('takes a key that was withdrawn no longer than five minutes', async () => {
  const [old] = stage.provider.keys;
  await call(fresh(old));
  stage.provider.publish([aSigningKey()]);
  let now = ahead(4 * MINUTE);
  expect(await call(fresh(old, now))).toBe(200);
  now = ahead(5 * MINUTE + 1);
  await call(fresh(old, now));
  while (stage.provider.fetches < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await call(fresh(old, now))).toBe(401);
});

const OUTAGES: Outage[] = ['error', 'hang', 'redirect', 'huge', 'html', 'empty'];

describe.each(OUTAGES)('an issuer whose keys answer: %s', (outage) => {
  it('cannot be asked when it was never heard: 503, not 401, and soon again', async () => {
    stage.provider.outage = outage;
    const answers = await Promise.all(Array.from({ length: 20 }, () => stage.as(fresh()).get('/sessions')));
    for (const { status, headers, body } of answers) {
      expect(status).toBe(503);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      expect(headers.get('www-authenticate')).toBeNull();
      expect(body).toMatchObject({ code: 'identity_provider_unavailable' });
    }
    expect(stage.provider.fetches).toBe(1);
    stage.provider.outage = 'none';
    const now = ahead(1_001);
    expect(await call(fresh(undefined, now))).toBe(200);
  });

  it('is believed for a day after it was heard, and the operator sees it', async () => {
    expect(await call(fresh())).toBe(200);
    stage.provider.outage = outage;
    for (const ms of [6 * MINUTE, 60 * MINUTE, 24 * 60 * MINUTE - MINUTE]) {
      const now = ahead(ms);
      const asked = stage.provider.fetches;
      expect(await call(fresh(undefined, now))).toBe(200);
      while (stage.provider.fetches === asked) await new Promise((resolve) => setTimeout(resolve, 5));
      await failureCounted();
    }
    expect(await stage.metric('achilles_auth_jwks_stale_issuers')).toEqual({ '': 1 });
    expect((await stage.metric('achilles_auth_jwks_age_seconds'))['']).toBeGreaterThan(86_000);
    const late = ahead(24 * 60 * MINUTE + 1_000);
    expect(await call(fresh(undefined, late))).toBe(503);
    stage.provider.outage = 'none';
    const later = ahead(24 * 60 * MINUTE + 3_000);
    expect(await call(fresh(undefined, later))).toBe(200);
    expect(await stage.metric('achilles_auth_jwks_stale_issuers')).toEqual({ '': 0 });
  });

  /** A hanging fetch takes its second. */
  async function failureCounted(): Promise<void> {
    const failures = async () => (await stage.metric('achilles_auth_jwks_fetches_total'))['failure']!;
    while ((await failures()) < stage.provider.fetches - 1) await new Promise((resolve) => setTimeout(resolve, 20));
  }
});

describe('an issuer that is gone', () => {
  it('and was never heard: 503', async () => {
    const token = fresh();
    await stage.provider.stop();
    expect(await call(token)).toBe(503);
    expect((await stage.gateway.api.get('/health')).status).toBe(200);
    expect((await stage.gateway.api.get('/sessions')).status).toBe(401);
  });

  it('and was heard: old tokens and new ones of known keys pass, of other keys: 503', async () => {
    const token = fresh();
    expect(await call(token)).toBe(200);
    await stage.provider.stop();
    expect(await call(token)).toBe(200);
    expect(await call(fresh())).toBe(200);
    expect(await call(fresh(aStranger))).toBe(503);
  });
});
