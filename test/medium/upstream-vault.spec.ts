import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Caller } from '#core/caller.js';
import { LOCAL_CALLER } from '#gateway/auth/local-caller.js';
import { Clock } from '#observability/clock.js';
import { CLIENT_SECRET, UpstreamAuthorizationServer } from '../support/authorization-server.js';
import { connectAt } from '../support/connect-user.js';
import { CredentialsStage, VAULT_KEY } from '../support/credentials-stage.js';
import { eventually } from '../support/embedded-stage.js';
import { TestDatabase } from '../support/postgres.js';

const OTHER_KEY = 'Qm1Wn2Eb3Rv4Tc5Yx6Uz7Il8Ok9Pj0Ah';
const HOUR = 3_600_000;

const stack = new AsyncDisposableStack();
let server: UpstreamAuthorizationServer;
let database: TestDatabase;
/** Two replicas: one database, one key. */
let replicas: readonly [CredentialsStage, CredentialsStage];
let user: object;
/** Milliseconds by which the replicas' clocks are ahead. */
let ahead = 0;

const open = async (settings: Readonly<Record<string, string>> = {}) => {
  const stage = await CredentialsStage.open(
    { notes: { ...user } },
    { DATABASE_URL: database.url, UPSTREAM_APP_SECRET: CLIENT_SECRET, ...settings },
  );
  stage.gateway.app.get(Clock).now = () => Date.now() + ahead;
  return stage;
};

beforeAll(async () => {
  server = stack.use(await UpstreamAuthorizationServer.start());
  database = stack.use(await TestDatabase.create());
  const client = { client_id: 'app', client_secret_env: 'UPSTREAM_APP_SECRET' };
  user = { kind: 'user', issuer: server.issuer, ...client, scopes: ['notes:read'] };
  replicas = [stack.use(await open()), stack.use(await open())];
});
afterAll(() => stack.disposeAsync());
beforeEach(() => {
  server.asked.length = 0;
  server.intercept = () => false;
});

const as = (subject: string): Caller => ({ ...LOCAL_CALLER, subject });
const tokenOf = async (stage: CredentialsStage, subject: string) =>
  (await stage.shown('notes', as(subject))).headers['authorization']!;

async function connect(subject: string, stage = replicas[0]): Promise<void> {
  const error = await stage.shown('notes', as(subject)).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'connect_needed' });
  const { url } = (error as { details: { members: { url: string } } }).details.members;
  expect(await connectAt(server, url, `${subject}-there`)).toMatchObject({ status: 200 });
}

const connectNeeded = expect.objectContaining({ code: 'connect_needed' });
const rowsOf = (subject: string) =>
  database.query<{ version: number; sealed: Buffer; text: string }>(
    'select version, sealed, g::text as text from upstream_grants g where subject = $1',
    [subject],
  );

describe('a token that has expired', () => {
  it('is refreshed once, however many calls and replicas want it, and the next one too', async () => {
    await connect('ada');
    for (const round of [1, 2, 3]) {
      ahead += HOUR;
      const tokens = await Promise.all(Array.from({ length: 50 }, (_, i) => tokenOf(replicas[i % 2]!, 'ada')));
      expect(new Set(tokens).size).toBe(1);
      expect(server.asked.map(({ grant, status }) => [grant, status])).toContainEqual(['refresh_token', 200]);
      expect(server.asked.filter(({ grant }) => grant === 'refresh_token')).toHaveLength(round);
    }
    expect(await rowsOf('ada')).toMatchObject([{ version: 4 }]);
  });

  it('is refreshed early, and used meanwhile', async () => {
    await connect('bea');
    const before = await tokenOf(replicas[0], 'bea');
    ahead += HOUR - 30_000;
    server.intercept = ({ url }, response) => url === '/token' && (response.writeHead(500).end(), true);
    // The server is away, the token has half a minute left.
    expect(await tokenOf(replicas[0], 'bea')).toBe(before);
    server.intercept = () => false;
    ahead += 2_000;
    expect(await tokenOf(replicas[0], 'bea')).not.toBe(before);
    expect(server.count('refresh_token')).toBe(1);
  });

  it('waits for a server that is away, and loses nothing', async () => {
    await connect('cai');
    ahead += HOUR;
    server.intercept = ({ url }, response) => url === '/token' && (response.writeHead(503).end(), true);
    await expect(tokenOf(replicas[1], 'cai')).rejects.toMatchObject({ code: 'backend_unavailable' });
    server.intercept = () => false;
    ahead += 2_000;
    expect(await tokenOf(replicas[1], 'cai')).toMatch(/^Bearer /);
    const failures = await eventually(async () => {
      const found = (await replicas[1].audit()).filter(
        ({ sub, event }) => sub === 'cai' && event === 'upstream.refresh',
      );
      expect(found).not.toEqual([]);
      return found;
    });
    expect(failures).toMatchObject([{ decision: 'failed', reason: 'backend_unavailable', upstream: 'notes' }]);
  });

  it('whose grant the server has taken back is gone: the user is asked again', async () => {
    await connect('dan');
    ahead += HOUR;
    server.intercept = ({ url }, response) => {
      if (url !== '/token') return false;
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}');
      return true;
    };
    const errors = await Promise.all(
      Array.from({ length: 10 }, (_, i) => tokenOf(replicas[i % 2]!, 'dan').catch((error: unknown) => error)),
    );
    expect(errors).toEqual(errors.map(() => connectNeeded));
    expect(await rowsOf('dan')).toEqual([]);
    server.intercept = () => false;
    await connect('dan', replicas[1]);
    expect(await tokenOf(replicas[0], 'dan')).toMatch(/^Bearer /);
  });

  it('is refreshed by another replica when the first one died over it', async () => {
    await connect('eli');
    ahead += HOUR;
    const lease = (until: string) =>
      database.query(`update upstream_grants set lease_owner = $1, lease_until = ${until} where subject = 'eli'`, [
        randomUUID(),
      ]);
    await lease("now() + interval '1 second'");
    expect(await tokenOf(replicas[0], 'eli')).toMatch(/^Bearer /);
    ahead += HOUR;
    await lease("now() - interval '1 second'");
    expect(await tokenOf(replicas[1], 'eli')).toMatch(/^Bearer /);
    expect(server.count('refresh_token')).toBe(2);
  });

  it('was refreshed by somebody who was overtaken: what the user connected meanwhile stays', async () => {
    await connect('fay');
    ahead += HOUR;
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const { promise: asked, resolve: reached } = Promise.withResolvers<void>();
    server.intercept = ({ url }, response) => {
      if (url !== '/token') return false;
      reached();
      void held.then(() => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end('{"access_token":"of-the-one-who-was-overtaken","token_type":"bearer","expires_in":3600}');
      });
      return true;
    };
    const late = tokenOf(replicas[0], 'fay');
    await asked;
    const row = await database.query<{ sealed: Buffer }>("select sealed from upstream_grants where subject = 'fay'");
    // As a connection anew does: another version, and no lease.
    await database.query(
      "update upstream_grants set version = version + 1, lease_owner = null, lease_until = null, sealed = $1 where subject = 'fay'",
      [row[0]!.sealed],
    );
    server.intercept = () => false;
    release();
    expect(await late).not.toContain('overtaken');
    expect(await tokenOf(replicas[1], 'fay')).toBe(await late);
  });
});

describe('a token that the upstream refuses', () => {
  it('is refreshed once; a new one that is refused as well is left alone', async () => {
    await connect('gil');
    const stage = replicas[0];
    const first = await stage.shown('notes', as('gil'));
    const refuse = (credential = first) => stage.credentials.refused(stage.spec('notes'), as('gil'), credential);
    expect(refuse()).toBe(true);
    const [second] = await Promise.all(Array.from({ length: 10 }, () => stage.shown('notes', as('gil'))));
    expect(second!.headers).not.toEqual(first.headers);
    expect(second!.key).toBe(first.key);
    expect(refuse()).toBe(true);
    expect(refuse(second)).toBe(false);
    expect(await tokenOf(stage, 'gil')).toBe(second!.headers['authorization']);
    expect(server.count('refresh_token')).toBe(1);
  });
});

describe('at rest', () => {
  it('no token can be read, and no row is good in another place', async () => {
    await connect('hal');
    const token = (await tokenOf(replicas[0], 'hal')).slice('Bearer '.length);
    const [row] = await rowsOf('hal');
    for (const secret of [token, token.slice(0, 20), 'refreshToken', 'accessToken', 'eyJ']) {
      expect(row!.sealed.includes(secret)).toBe(false);
      expect(row!.text).not.toContain(secret);
      expect(row!.text).not.toContain(Buffer.from(secret).toString('hex'));
    }
    ahead += 10_000;
    await database.query(
      "insert into upstream_grants select tenant, issuer, 'hal-2', upstream, authorization_server, resource, scopes, sealed from upstream_grants where subject = 'hal'",
    );
    await expect(tokenOf(replicas[0], 'hal-2')).rejects.toEqual(connectNeeded);
    expect(await tokenOf(replicas[0], 'hal')).toBe(`Bearer ${token}`);
    await database.query(
      "update upstream_grants set authorization_server = 'https://evil.example' where subject = 'hal'",
    );
    ahead += 10_000;
    await expect(tokenOf(replicas[0], 'hal')).rejects.toEqual(connectNeeded);
  });

  it('another key reads nothing; a ring reads what its older key has written', async () => {
    await connect('ida');
    const token = await tokenOf(replicas[0], 'ida');
    await using stranger = await open({ VAULT_KEY: OTHER_KEY });
    await expect(tokenOf(stranger, 'ida')).rejects.toEqual(connectNeeded);
    await using rotated = await open({ VAULT_KEY: `${OTHER_KEY},${VAULT_KEY}` });
    expect(await tokenOf(rotated, 'ida')).toBe(token);
    ahead += HOUR;
    const renewed = await tokenOf(rotated, 'ida');
    expect(renewed).not.toBe(token);
    expect(await tokenOf(stranger, 'ida')).toBe(renewed);
  });

  it('nothing is kept without a key', async () => {
    await using stage = await open({ VAULT_KEY: '' });
    await connect('joy');
    await expect(tokenOf(stage, 'joy')).rejects.toMatchObject({ code: 'vault_closed' });
  });
});

it('a connection that is taken back at one replica is gone at the others within five seconds', async () => {
  await connect('kay');
  const tokens = await Promise.all(replicas.map((stage) => tokenOf(stage, 'kay')));
  expect(tokens[0]).toBe(tokens[1]);
  const { status } = await fetch(`${replicas[0].gateway.url}/v1/connections/notes`, { method: 'DELETE' });
  expect(status).toBe(404);
  await database.query("delete from upstream_grants where subject = 'kay'");
  expect(await tokenOf(replicas[1], 'kay')).toBe(tokens[1]);
  ahead += 5_000;
  for (const stage of replicas) await expect(tokenOf(stage, 'kay')).rejects.toEqual(connectNeeded);
});

it('a ticket of one replica is good at the other, and used up at both', async () => {
  const error = await replicas[0].shown('notes', as('lou')).catch((caught: unknown) => caught);
  const { url } = (error as { details: { members: { url: string } } }).details.members;
  const there = new URL(url);
  const other = new URL(replicas[1].gateway.url);
  other.pathname = there.pathname;
  other.search = there.search;
  expect(await connectAt(server, other.href, 'lou-there')).toMatchObject({ status: 200 });
  expect(await tokenOf(replicas[0], 'lou')).toMatch(/^Bearer /);
  const body = new URLSearchParams({ ticket: there.searchParams.get('ticket')! });
  const headers = { origin: there.origin };
  expect((await fetch(url.split('?')[0]!, { method: 'POST', body, headers, redirect: 'manual' })).status).toBe(400);
});
