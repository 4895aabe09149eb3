import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { LOCAL_CALLER } from '#gateway/auth/local-caller.js';
import { Clock } from '#observability/clock.js';
import { CLIENT_SECRET, EXCHANGE, UpstreamAuthorizationServer } from '../support/authorization-server.js';
import { CredentialsStage } from '../support/credentials-stage.js';
import { eventually } from '../support/embedded-stage.js';
import { forge } from '../support/forge.js';
import { IdentityProvider } from '../support/identity-provider.js';

const BEARER = 'of-the-operator-0123456789';
const stack = new AsyncDisposableStack();
let server: UpstreamAuthorizationServer;
let provider: IdentityProvider;
let stage: CredentialsStage;
let file: string;

const client = (more: object = {}) => ({
  client_id: 'service',
  client_secret_env: 'UPSTREAM_SERVICE_SECRET',
  issuer: server.issuer,
  ...more,
});

beforeAll(async () => {
  server = stack.use(await UpstreamAuthorizationServer.start());
  provider = stack.use(await IdentityProvider.start());
  const settings = {
    ...provider.settings,
    UPSTREAM_TOKEN: BEARER,
    UPSTREAM_KEY: 'two words',
    UPSTREAM_SERVICE_SECRET: CLIENT_SECRET,
    UPSTREAM_WRONG_SECRET: 'not-the-secret-of-this-client',
  };
  stage = stack.use(await CredentialsStage.open({}, settings));
  file = join(stage.gateway.folder, 'secret');
  await writeFile(file, 'the-first-token-01\n');
  const own = client();
  await stage.configure({
    open: { kind: 'none' },
    bearer: { kind: 'bearer', value_env: 'UPSTREAM_TOKEN' },
    header: { kind: 'header', name: 'X-Api-Key', value_env: 'UPSTREAM_KEY' },
    query: { kind: 'query', name: 'token', value_env: 'UPSTREAM_KEY' },
    filed: { kind: 'bearer', value_file: file },
    process: { kind: 'stdio', command: 'x', env_from: { API_TOKEN: 'UPSTREAM_TOKEN' } },
    service: { kind: 'client_credentials', ...own, scopes: ['notes:read'] },
    direct: { kind: 'client_credentials', ...own, issuer: undefined, token_url: `${server.issuer}/token` },
    wrong: { kind: 'client_credentials', ...own, client_secret_env: 'UPSTREAM_WRONG_SECRET' },
    greedy: { kind: 'client_credentials', ...own, scopes: ['everything'] },
    exchanged: { kind: 'token_exchange', ...own, audience: 'notes' },
  });
});
afterAll(() => stack.disposeAsync());
beforeEach(() => {
  server.asked.length = 0;
  server.lifetime = 3_600;
  server.intercept = () => false;
});

const token = (sub: string, more: object = {}) =>
  forge(provider, { claims: { sub, scope: 'tools:call', tier: 'gold', ...more } });
const as = (bearer: string) => ({ authorization: `Bearer ${bearer}` });
const shownTo = async (name: string, bearer = token('ada')) => {
  const { body } = await stage.call(name, as(bearer));
  return body.structuredContent as { key: string; headers: Record<string, string> } | undefined;
};

describe('a secret of the operator', () => {
  it('is shown as its kind says', async () => {
    expect(await stage.shown('open')).toEqual({ key: '', headers: {}, query: {}, env: {} });
    expect(await stage.shown('bearer')).toMatchObject({ headers: { authorization: `Bearer ${BEARER}` }, query: {} });
    expect(await stage.shown('header')).toMatchObject({ headers: { 'x-api-key': 'two words' } });
    expect(await stage.shown('query')).toMatchObject({ headers: {}, query: { token: 'two words' } });
    expect(await stage.shown('process')).toMatchObject({ headers: {}, env: { API_TOKEN: BEARER } });
  });

  it('is at hand at once, the same for everybody, under a key that says nothing of it', async () => {
    const first = stage.credentials.of(stage.spec('bearer'), undefined, new AbortController().signal);
    expect(first).not.toBeInstanceOf(Promise);
    expect(await stage.shown('bearer')).toBe(first);
    const keys = await Promise.all(
      ['bearer', 'header', 'query', 'filed'].map(async (name) => (await stage.shown(name)).key),
    );
    expect(new Set(keys).size).toBe(4);
    for (const key of keys) expect(key).toMatch(/^[\w-]{22}$/);
  });

  it('is read again when its file changes, and stays while the file holds none', async () => {
    const before = await stage.shown('filed');
    expect(before.headers).toEqual({ authorization: 'Bearer the-first-token-01' });
    await writeFile(file, 'the-second-token-02');
    await eventually(async () => {
      expect((await stage.shown('filed')).headers).toEqual({ authorization: 'Bearer the-second-token-02' });
    });
    expect((await stage.shown('filed')).key).not.toBe(before.key);
    await writeFile(file, 'no token\n');
    const reloads = stage.gateway.app.get(Registry).getSingleMetric('achilles_upstream_secret_reloads_total')!;
    await eventually(async () => {
      const { values } = await reloads.get();
      expect(values.find(({ labels }) => labels['result'] === 'refused')!.value).toBe(1);
    });
    expect((await stage.shown('filed')).headers).toEqual({ authorization: 'Bearer the-second-token-02' });
  });

  it('that was refused is tried again only when its file holds another one by now', async () => {
    const spec = stage.spec('filed');
    const before = await stage.shown('filed');
    expect(stage.credentials.refused(spec, undefined, before)).toBe(false);
    await writeFile(file, 'the-third-token-03');
    expect(stage.credentials.refused(spec, undefined, before)).toBe(true);
    expect((await stage.shown('filed')).headers).toEqual({ authorization: 'Bearer the-third-token-03' });
    const fixed = await stage.shown('bearer');
    expect(stage.credentials.refused(stage.spec('bearer'), undefined, fixed)).toBe(false);
  });
});

describe('client credentials', () => {
  it('ask for one token, for the upstream, whoever calls and however many', async () => {
    const shown = await Promise.all(Array.from({ length: 50 }, () => stage.shown('service')));
    expect(new Set(shown.map(({ headers }) => headers['authorization'])).size).toBe(1);
    expect(server.asked).toEqual([
      {
        grant: 'client_credentials',
        parameters: expect.objectContaining({ resource: 'http://127.0.0.1:9/mcp', scope: 'notes:read' }),
        status: 200,
      },
    ]);
    const [, payload] = shown[0]!.headers['authorization']!.split('.');
    expect(JSON.parse(Buffer.from(payload!, 'base64url').toString())).toMatchObject({
      aud: 'http://127.0.0.1:9/mcp',
      scope: 'notes:read',
    });
    expect(await stage.shown('service', undefined)).toBe(await stage.shown('service'));
  });

  it('need no metadata where the address of the tokens is configured', async () => {
    const seen: (string | undefined)[] = [];
    server.intercept = ({ url }) => (seen.push(url), false);
    expect((await stage.shown('direct')).headers['authorization']).toMatch(/^Bearer /);
    expect(seen).toEqual(['/token']);
  });

  it('are renewed shortly before the token expires; the conversation goes on under its key', async () => {
    const clock = stage.gateway.app.get(Clock);
    const before = await stage.shown('service');
    const now = Date.now();
    try {
      clock.now = () => now + 3_500_000;
      expect(await stage.shown('service')).toBe(before);
      clock.now = () => now + 3_550_000;
      const after = await stage.shown('service');
      expect(after.headers).not.toEqual(before.headers);
      expect(after.key).toBe(before.key);
    } finally {
      clock.now = () => Date.now();
    }
  });

  it('are asked for anew, once, when the upstream refuses the token', async () => {
    const spec = stage.spec('direct');
    const first = await stage.shown('direct');
    const before = server.count('client_credentials');
    expect(stage.credentials.refused(spec, undefined, first)).toBe(true);
    const second = await stage.shown('direct');
    expect(server.count('client_credentials') - before).toBe(1);
    // Somebody who still had the first one is told of the second.
    expect(stage.credentials.refused(spec, undefined, first)).toBe(true);
    expect(await stage.shown('direct')).toBe(second);
    // A new token that is refused at once was not the reason.
    expect(stage.credentials.refused(spec, undefined, second)).toBe(false);
    expect(await stage.shown('direct')).toBe(second);
  });

  it.each([
    ['wrong', 'invalid_client'],
    ['greedy', 'invalid_scope'],
  ])('that are refused (%s) are told as %s, and nothing else', async (name, reason) => {
    server.intercept = ({ url }, response) => {
      if (name === 'wrong' || url !== '/token') return false;
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: 'invalid_scope', error_description: `of ${CLIENT_SECRET}` }));
      return true;
    };
    const { status, body } = await stage.call(name, as(token('ada')));
    expect([status, body]).toEqual([
      502,
      expect.objectContaining({
        code: 'credential_refused',
        detail: `The authorisation server of ${name} gives the gateway no token: ${reason}.`,
      }),
    ]);
  });

  it('of a server that is away are a failure of the upstream, and come back with the server', async () => {
    const spec = stage.spec('service');
    stage.credentials.refused(spec, undefined, await stage.shown('service'));
    server.intercept = (_request, response) => (response.destroy(), true);
    // Its last token was dropped: it had been refused.
    const outcome = await stage.shown('service').catch((error: unknown) => error);
    if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'backend_unavailable' });
    server.intercept = () => false;
    await eventually(async () => expect((await stage.shown('service')).headers['authorization']).toMatch(/^Bearer /));
  });
});

describe('what an authorisation server must not say', () => {
  const answers: readonly (readonly [name: string, status: number, type: string, body: string])[] = [
    ['an error page', 500, 'text/html', '<h1>no'],
    ['nothing', 200, 'application/json', ''],
    ['a list', 200, 'application/json', '[]'],
    ['no token', 200, 'application/json', '{"token_type":"bearer"}'],
    ['a token of another kind', 200, 'application/json', '{"token_type":"mac","access_token":"abcdefghij"}'],
    ['a header', 200, 'application/json', '{"token_type":"bearer","access_token":"abc\\r\\nx-evil: 1"}'],
    ['a redirect', 302, 'text/plain', ''],
    ['more than anybody reads', 200, 'application/json', `{"a":"${'x'.repeat(300_000)}"}`],
    ['words', 400, 'application/json', '{"error":"<script>alert(1)</script>","error_description":"secret"}'],
  ];
  it.each(answers)('%s is a failure in our words', async (_name, status, type, body) => {
    await stage.configure({
      odd: {
        kind: 'client_credentials',
        ...client(),
        issuer: undefined,
        token_url: `${server.issuer}/token?x=${Math.random()}`,
      },
    });
    server.intercept = (_request, response) => {
      response.writeHead(status, { 'content-type': type, location: 'http://127.0.0.1:1/elsewhere' }).end(body);
      return true;
    };
    const { status: answered, body: told } = await stage.call('odd', as(token('ada')));
    expect([502, 503]).toContain(answered);
    expect(told['detail']).toMatch(/authorisation server of odd/);
    expect(JSON.stringify(told)).not.toMatch(/script|secret|evil|elsewhere/);
  });

  it.each([
    ['another issuer', { issuer: 'http://127.0.0.1:1' }],
    ['an address of the network', { token_endpoint: 'http://10.0.0.1/token' }],
    ['an address of the cloud', { token_endpoint: 'https://169.254.169.254/token' }],
    ['another port of this machine', { token_endpoint: 'http://127.0.0.1:1/token' }],
    ['this machine over TLS', { token_endpoint: 'https://localhost/token' }],
  ])('metadata that name %s are not followed', async (_what, lie) => {
    const issuer = `${server.issuer}/${String(Math.random()).slice(2)}`;
    await stage.configure({ odd: { kind: 'client_credentials', ...client(), issuer } });
    const asked: string[] = [];
    server.intercept = ({ url }, response) => {
      asked.push(url!);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ issuer, token_endpoint: `${server.issuer}/token`, ...lie }));
      return true;
    };
    const { status, body } = await stage.call('odd', as(token('ada')));
    expect([status, body['code']]).toEqual([502, 'credential_refused']);
    expect(asked.every((url) => url.includes('/.well-known/'))).toBe(true);
  });
});

describe('token exchange', () => {
  beforeAll(async () => {
    await stage.configure({ exchanged: { kind: 'token_exchange', ...client(), audience: 'notes' } });
  });

  it('shows the upstream the caller’s new token, and never the one that it came with', async () => {
    const own = token('ada');
    const shown = await shownTo('exchanged', own);
    expect(shown!.headers['authorization']).toMatch(/^Bearer exchanged-for-ada-\d+$/);
    expect(JSON.stringify(shown)).not.toContain(own);
    expect(server.asked).toMatchObject([
      {
        grant: EXCHANGE,
        parameters: {
          subject_token: own,
          subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
          audience: 'notes',
          resource: 'http://127.0.0.1:9/mcp',
        },
      },
    ]);
  });

  it('is made once for a token, and for each user by itself', async () => {
    const [ada, bob] = [token('ada', { jti: '1' }), token('bob', { jti: '1' })];
    const shown = await Promise.all([ada, ada, bob, ada, bob].map((bearer) => shownTo('exchanged', bearer)));
    expect(server.count(EXCHANGE)).toBe(2);
    const [a, , b] = shown;
    expect(a!.headers).not.toEqual(b!.headers);
    expect(a!.key).not.toBe(b!.key);
    expect(shown.map((each) => each!.key)).toEqual([a!.key, a!.key, b!.key, a!.key, b!.key]);
    // A user of the same name in another tenant is somebody else; a new token of the same user is not.
    expect((await shownTo('exchanged', token('ada', { jti: '2' })))!.key).toBe(a!.key);
    expect((await shownTo('exchanged', token('ada', { tenant: 'globex' })))!.key).not.toBe(a!.key);
  });

  it('needs a token: the gateway itself is shown as nobody, and a caller without one is told', async () => {
    const signal = new AbortController().signal;
    expect(await stage.credentials.of(stage.spec('exchanged'), undefined, signal)).toMatchObject({
      key: '',
      headers: {},
    });
    await expect(stage.shown('exchanged', LOCAL_CALLER)).rejects.toMatchObject({ code: 'token_needed' });
  });
});

it('tells nobody a secret: not in records, not in figures', async () => {
  const records = JSON.stringify(await stage.audit());
  const figures = await (await fetch(`${stage.gateway.url}/metrics`)).text();
  expect(records.length).toBeGreaterThan(1_000);
  expect(figures).toContain('achilles_upstream_tokens_total{grant="token_exchange",outcome="granted"}');
  for (const text of [records, figures]) {
    for (const secret of [BEARER, CLIENT_SECRET, 'two words', 'the-first-token-01', 'exchanged-for', 'eyJ']) {
      expect(text).not.toContain(secret);
    }
  }
});
