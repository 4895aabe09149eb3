import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aCertificate, writeCertificate } from '../support/certificates.js';
import { GatewayProcess } from '../support/gateway-process.js';
import { IdentityProvider } from '../support/identity-provider.js';
import { TestDatabase } from '../support/postgres.js';
import { RedisServer } from '../support/redis-server.js';
import { verify } from '../support/verify.js';

// The gateway as .env.prod.example starts it, once what a deployment has to fill in is filled in: a real provider, a real
// PostgreSQL, a real Redis. What an operator's script then sees of it.
let provider: IdentityProvider;
let redis: RedisServer;
let database: TestDatabase;
let folder: string;
let settings: Record<string, string>;

beforeAll(async () => {
  provider = await IdentityProvider.start();
  redis = await RedisServer.start();
  database = await TestDatabase.create({ empty: true });
  folder = await mkdtemp(join(tmpdir(), 'achilles-production-'));
  const example = parseEnv(await readFile('.env.prod.example', 'utf8')) as Record<string, string>;
  settings = {
    ...example,
    PORT: '0',
    SHUTDOWN_DRAIN_SECONDS: '0',
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    ...provider.settings,
    AUDIT_HMAC_KEY: randomBytes(32).toString('base64'),
    SESSION_KEY: randomBytes(32).toString('base64'),
    AUDIT_FILE: join(folder, 'audit.jsonl'),
    DATA_DIR: folder,
    RATE_LIMITS_FILE: 'config/rate-limits.yaml',
    RATE_LIMIT_RPM: '100',
  };
});

afterAll(async () => {
  await redis[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** It listens everywhere; here it is asked as a stranger's machine would, but for the network. */
const onThisMachine = (gateway: GatewayProcess) => {
  const url = new URL(gateway.url);
  url.hostname = '127.0.0.1';
  return url.origin;
};

describe('a production deployment', () => {
  it('passes its verification', async () => {
    await using gateway = await GatewayProcess.start(settings);
    const { code, said } = await verify(onThisMachine(gateway), await provider.token());
    expect(said).toContain('All checks passed.');
    expect(said).toMatch(/✓ \/mcp without a token answers 401/);
    expect(said).toMatch(/✓ .*sessions with the token answers 200/);
    expect(said).not.toMatch(/✗/);
    expect(code).toBe(0);
  });

  it('passes it over TLS, to who knows its certificate', async () => {
    const pair = await writeCertificate(folder, await aCertificate('gateway'));
    await using gateway = await GatewayProcess.start({ ...settings, ...pair });
    const url = onThisMachine(gateway);
    expect(url).toMatch(/^https:/);
    const token = await provider.token();
    expect(await verify('--cacert', pair.TLS_CERT_PATH, url, token)).toMatchObject({ code: 0 });
    expect(await verify('--insecure', url, token)).toMatchObject({ code: 0 });
    expect(await verify(url, token)).toMatchObject({
      code: 1,
      said: expect.stringMatching(/\/livez answers no answer/),
    });
  });

  it('fails it with a token that lacks a scope, and with one that was altered', async () => {
    await using gateway = await GatewayProcess.start(settings);
    const poor = await verify(onThisMachine(gateway), await provider.token({ scopes: ['signals:write'] }));
    expect(poor).toMatchObject({ code: 1, said: expect.stringMatching(/✗ .*403: the token lacks a scope/) });
    const wrong = await verify(onThisMachine(gateway), `${await provider.token()}x`);
    expect(wrong).toMatchObject({ code: 1, said: expect.stringMatching(/✗ .*sessions with the token answers 401/) });
  });

  it.each([
    ['AUDIT_HMAC_KEY', 'CHANGE_ME'],
    ['REDIS_URL', 'redis://:CHANGE_ME@redis:6379'],
    ['DATABASE_URL', 'postgres://achilles:CHANGE_ME@postgres:5432/achilles'],
    ['AUTH_MODE', 'none'],
    ['AUTH_JWKS_URL', 'http://id.example.com/jwks'],
    ['AUDIT_HMAC_KEY', ''],
  ])('does not start with %s=%s', async (name, value) => {
    const failure = await GatewayProcess.start({ ...settings, [name]: value }).catch((error: Error) => error);
    expect((failure as Error).message).toMatch(/The configuration has \d fault\(s\):/);
    expect((failure as Error).message).toContain(name === 'AUTH_MODE' ? 'it needs AUTH_MODE=jwt' : name);
  });
});
