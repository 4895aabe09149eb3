import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Clock } from '#observability/clock.js';
import { CLIENT_SECRET, UpstreamAuthorizationServer } from '../support/authorization-server.js';
import { Browser, type Page } from '../support/browser.js';
import { connectAt, signIn } from '../support/connect-user.js';
import { CredentialsStage, VAULT_KEY } from '../support/credentials-stage.js';
import { eventually } from '../support/embedded-stage.js';
import { forge } from '../support/forge.js';
import { IdentityProvider } from '../support/identity-provider.js';

const stack = new AsyncDisposableStack();
let server: UpstreamAuthorizationServer;
let provider: IdentityProvider;
let stage: CredentialsStage;

const user = (more: object = {}) => ({
  kind: 'user',
  issuer: server.issuer,
  client_id: 'app',
  client_secret_env: 'UPSTREAM_APP_SECRET',
  scopes: ['notes:read', 'notes:write'],
  ...more,
});

beforeAll(async () => {
  server = stack.use(await UpstreamAuthorizationServer.start());
  provider = stack.use(await IdentityProvider.start());
  stage = stack.use(
    await CredentialsStage.open(
      { notes: user(), other: user() },
      { ...provider.settings, UPSTREAM_APP_SECRET: CLIENT_SECRET },
    ),
  );
});
afterAll(() => stack.disposeAsync());
beforeEach(() => {
  server.asked.length = 0;
  server.intercept = () => false;
});

const as = (sub: string, more: object = {}) => ({
  authorization: `Bearer ${forge(provider, { claims: { sub, scope: 'tools:call', ...more } })}`,
});

/** The page that somebody is sent to who calls in vain. */
async function invitation(sub: string, upstream = 'notes', more: object = {}): Promise<string> {
  const { status, body } = await stage.call(upstream, as(sub, more));
  expect([status, body]).toEqual([403, expect.objectContaining({ code: 'connect_needed', url: expect.any(String) })]);
  return body['url'] as string;
}

const connect = async (sub: string, upstream = 'notes', more: object = {}): Promise<Page> =>
  connectAt(server, await invitation(sub, upstream, more), `${sub}-at-notes`);

const connections = async (sub: string, more: object = {}) => {
  const response = await fetch(`${stage.gateway.url}/v1/connections`, { headers: as(sub, more) });
  return ((await response.json()) as { connections: Record<string, unknown>[] }).connections;
};
const disconnect = async (sub: string, upstream = 'notes') =>
  (await fetch(`${stage.gateway.url}/v1/connections/${upstream}`, { method: 'DELETE', headers: as(sub) })).status;
const shownTo = async (sub: string, upstream = 'notes') =>
  (await stage.call(upstream, as(sub))).body.structuredContent as { key: string; headers: Record<string, string> };

describe('connecting', () => {
  it('takes a user from a call in vain over a page and a sign-in to a call that is made in its name', async () => {
    const browser = new Browser();
    const url = await invitation('ada');
    expect(url).toMatch(new RegExp(`^${stage.gateway.url}/connect/notes\\?ticket=[\\w-]+$`));
    const consent = await browser.get(url);
    expect(consent.status).toBe(200);
    for (const word of ['notes', '127.0.0.1:9', 'ada', 'acme', provider.issuer, 'notes:read', 'notes:write']) {
      expect(consent.text).toContain(word);
    }
    const page = await signIn(server, browser, await browser.submit(consent), 'ada-at-notes');
    expect([page.status, page.text]).toEqual([200, expect.stringContaining('<h1>Connected</h1>')]);
    const shown = await shownTo('ada');
    const [, payload] = shown.headers['authorization']!.split('.');
    expect(JSON.parse(Buffer.from(payload!, 'base64url').toString())).toMatchObject({
      sub: 'ada-at-notes',
      aud: 'http://127.0.0.1:9/mcp',
      client_id: 'app',
    });
    expect(browser.jarOf(stage.gateway.url).size).toBe(0);
  });

  it('asks with PKCE, the resource and a state that is in no other browser', async () => {
    const browser = new Browser();
    const consent = await browser.get(await invitation('pia'));
    const form = new URLSearchParams({ ticket: /name="ticket" value="([^"]+)"/.exec(consent.text)![1]! });
    const departed = await browser.step('POST', consent.url, form, { origin: stage.gateway.url });
    expect(departed.status).toBe(303);
    const location = new URL(departed.headers.get('location')!);
    expect(location.origin).toBe(server.issuer);
    expect(Object.fromEntries(location.searchParams)).toEqual({
      response_type: 'code',
      client_id: 'app',
      redirect_uri: `${stage.gateway.url}/connect/callback`,
      scope: 'notes:read notes:write',
      resource: 'http://127.0.0.1:9/mcp',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(departed.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^connect-[0-9a-f]{16}=[\w-]+; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax$/),
    ]);
    expect(departed.headers.get('referrer-policy')).toBe('no-referrer');
  });

  it('serves pages that run nothing, are framed by nobody and stay out of caches', async () => {
    const { headers, text } = await new Browser().get(await invitation('pia'));
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/=]+'; form-action 'self' https: http:\/\/127\.0\.0\.1:\d+; frame-ancestors 'none'; base-uri 'none'$/,
    );
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(text).not.toMatch(/<script|javascript:|\son\w+=/i);
  });

  it('shows what others wrote as text', async () => {
    const evil = `<img src=x onerror=alert(1)>"'&\u202e`;
    const { text } = await new Browser().get(await invitation('eve<b>"\'&', 'notes'));
    expect(text).toContain('eve&lt;b&gt;&quot;&#39;&amp;');
    await stage.configure({
      notes: user(),
      other: user(),
      evil: { kind: 'http', url: 'http://127.0.0.1:9/mcp', description: evil, auth: user() },
    });
    const page = await new Browser().get(await invitation('ada', 'evil'));
    expect(page.text).toContain('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;\u{fffd}');
  });

  it('lists the caller’s own connections, without a token, and takes them back', async () => {
    await connect('lea');
    const [connection, ...more] = await connections('lea');
    expect(more).toEqual([]);
    expect(connection).toEqual({
      upstream: 'notes',
      authorization_server: server.issuer,
      scopes: ['notes:read', 'notes:write'],
      connected_at: expect.any(String),
      expires_at: expect.any(String),
    });
    expect(await connections('bob')).toEqual([]);
    expect(await connections('lea', { tenant: 'globex' })).toEqual([]);
    expect(await disconnect('bob')).toBe(404);
    expect(await disconnect('lea')).toBe(204);
    expect(await disconnect('lea')).toBe(404);
    await invitation('lea');
  });

  it('keeps users apart: neither a token nor a conversation is shared', async () => {
    await connect('uma');
    await invitation('uma', 'other');
    await invitation('uma', 'notes', { tenant: 'globex' });
    await invitation('max');
    await connect('max');
    await connect('uma', 'notes', { tenant: 'globex' });
    const globex = (await stage.call('notes', as('uma', { tenant: 'globex' }))).body.structuredContent as {
      key: string;
    };
    const keys = [(await shownTo('uma')).key, (await shownTo('max')).key, globex.key];
    expect(new Set(keys).size).toBe(3);
    const before = await shownTo('uma');
    expect(await shownTo('uma')).toEqual(before);
    // Who connects anew may be somebody else there.
    await disconnect('uma');
    await connect('uma');
    expect((await shownTo('uma')).key).not.toBe(before.key);
  });

  it('asks again when what was granted is not what is wanted now', async () => {
    await connect('zoe', 'other');
    const again = [
      { scopes: ['notes:read', 'notes:write', 'offline_access'] },
      { client_id: 'another' },
      { issuer: `${server.issuer}/another` },
    ];
    await shownTo('zoe', 'other');
    for (const change of again) {
      await stage.configure({ notes: user(), other: user(change) });
      await invitation('zoe', 'other');
    }
    const moved = { kind: 'http', url: 'http://127.0.0.1:9/elsewhere', auth: user() };
    await stage.configure({ notes: user(), other: moved });
    await invitation('zoe', 'other');
    await stage.configure({ notes: user(), other: user() });
    expect((await shownTo('zoe', 'other')).headers['authorization']).toMatch(/^Bearer /);
  });
});

describe('a ticket', () => {
  const formOf = (url: string) => new URLSearchParams({ ticket: new URL(url).searchParams.get('ticket')! });
  const press = (
    url: string,
    headers: Record<string, string> = { origin: stage.gateway.url },
    browser = new Browser(),
  ) => browser.step('POST', url.split('?')[0]!, formOf(url), headers);

  it('may be looked at often, and used once', async () => {
    const url = await invitation('tom');
    for (let i = 0; i < 3; i++) expect((await new Browser().get(url)).status).toBe(200);
    const pressed = await Promise.all(Array.from({ length: 10 }, () => press(url)));
    expect(pressed.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([303, ...Array<number>(9).fill(400)]);
    expect((await press(url)).text).toContain('has been used');
  });

  it('is for ten minutes', async () => {
    const url = await invitation('tom');
    const clock = stage.gateway.app.get(Clock);
    const now = Date.now();
    try {
      clock.now = () => now + 599_000;
      expect((await new Browser().get(url)).status).toBe(200);
      clock.now = () => now + 601_000;
      expect((await new Browser().get(url)).status).toBe(400);
      expect((await press(url)).status).toBe(400);
    } finally {
      clock.now = () => Date.now();
    }
  });

  it.each([
    ['of another upstream', (url: string) => url.replace('/connect/notes', '/connect/other')],
    ['of an upstream that there is not', (url: string) => url.replace('/connect/notes', '/connect/nothing')],
    ['with another letter', (url: string) => url.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))],
    ['that is none', (url: string) => `${url.split('?')[0]}?ticket=abc`],
    ['that is missing', (url: string) => url.split('?')[0]!],
  ])('%s opens nothing', async (_what, change) => {
    const url = change(await invitation('tom'));
    expect((await new Browser().get(url)).status).toBe(400);
    const form = new URLSearchParams({ ticket: new URL(url).searchParams.get('ticket') ?? '' });
    const origin = stage.gateway.url;
    expect((await new Browser().step('POST', url.split('?')[0]!, form, { origin })).status).toBe(400);
  });

  it.each([
    ['another page', { origin: 'https://evil.example' }],
    ['a page without an origin', { origin: 'null' }],
    ['nobody says whom', {}],
    ['another site, as the browser says', { origin: 'OWN', 'sec-fetch-site': 'cross-site' }],
    ['a neighbour, as the browser says', { origin: 'OWN', 'sec-fetch-site': 'same-site' }],
  ])('is not used by a form of %s', async (_who, headers: Record<string, string>) => {
    const url = await invitation('tom');
    const sent = headers['origin'] === 'OWN' ? { ...headers, origin: stage.gateway.url } : headers;
    expect((await press(url, sent)).status).toBe(400);
    expect((await press(url)).status).toBe(303);
  });

  it('takes a form, and nothing else', async () => {
    const url = (await invitation('tom')).split('?')[0]!;
    const headers = { origin: stage.gateway.url, 'content-type': 'application/json' };
    expect((await fetch(url, { method: 'POST', headers, body: '{"ticket":"x"}' })).status).toBe(400);
    const big = new URLSearchParams({ ticket: 'x'.repeat(20_000) });
    expect((await fetch(url, { method: 'POST', headers: { origin: stage.gateway.url }, body: big })).status).toBe(413);
  });
});

describe('an answer of the authorisation server', () => {
  /** A user at the last step: the browser, and the address that it is about to come back to. */
  async function atTheDoor(sub: string): Promise<{ browser: Browser; callback: URL }> {
    const browser = new Browser();
    let page = await browser.submit(await browser.get(await invitation(sub)));
    for (let forms = 0; forms < 3 && page.url.startsWith(`${server.issuer}/interaction/`); forms++) {
      const form = new URLSearchParams({
        prompt: /name="prompt" value="(\w+)"/.exec(page.text)![1]!,
        login: sub,
        password: 'x',
      });
      page = await browser.step('POST', page.url.replace(/\/$/, ''), form);
      for (let location = page.headers.get('location'); location !== null; location = page.headers.get('location')) {
        const next = new URL(location, page.url);
        if (next.pathname === '/connect/callback') return { browser, callback: next };
        page = await browser.step('GET', next.href);
      }
    }
    throw new Error(`nobody came back: ${page.url} ${page.text.slice(0, 500)}`);
  }

  it('is taken once, from the browser that asked', async () => {
    const { browser, callback } = await atTheDoor('kim');
    // Whoever sees the address has no cookie; whoever has one of another flow has the wrong one.
    expect((await new Browser().get(callback.href)).status).toBe(400);
    const other = await atTheDoor('joe');
    expect((await other.browser.get(callback.href)).status).toBe(400);
    expect(server.count('authorization_code')).toBe(0);
    const jar = new Map(browser.jarOf(stage.gateway.url));
    expect((await browser.get(callback.href)).status).toBe(200);
    for (const [name, value] of jar) browser.jarOf(stage.gateway.url).set(name, value);
    expect((await browser.get(callback.href)).status).toBe(400);
    expect(server.count('authorization_code')).toBe(1);
    // What the other one began is not spoilt.
    expect((await other.browser.get(other.callback.href)).status).toBe(200);
  });

  it.each<[string, (url: URL) => void]>([
    ['without a state', (url) => url.searchParams.delete('state')],
    ['with another state', (url) => url.searchParams.set('state', 'x'.repeat(43))],
    ['with two', (url) => url.searchParams.append('state', 'x')],
    ['without its issuer', (url) => url.searchParams.delete('iss')],
    ['of another issuer', (url) => url.searchParams.set('iss', 'https://evil.example')],
    ['with two issuers', (url) => url.searchParams.append('iss', 'https://evil.example')],
    ['without a code', (url) => url.searchParams.delete('code')],
    ['with two codes', (url) => url.searchParams.append('code', 'x')],
    ['with a token', (url) => url.searchParams.set('id_token', 'x.y.z')],
  ])('%s is refused', async (_what, change) => {
    const { browser, callback } = await atTheDoor('kit');
    change(callback);
    expect((await browser.get(callback.href)).status).toBe(400);
    expect(server.count('authorization_code')).toBe(0);
    expect(await connections('kit')).toEqual([]);
  });

  it('with somebody else’s code is refused by the server: the verifier is another', async () => {
    const victim = await atTheDoor('vic');
    const attacker = await atTheDoor('mal');
    const forged = new URL(victim.callback);
    forged.searchParams.set('code', attacker.callback.searchParams.get('code')!);
    const page = await victim.browser.get(forged.href);
    expect([page.status, page.text]).toEqual([502, expect.stringContaining('invalid_grant')]);
    expect(await connections('vic')).toEqual([]);
  });

  it('that says no is told in its own code, and nothing that it says beside', async () => {
    const { browser, callback } = await atTheDoor('nia');
    callback.searchParams.delete('code');
    callback.searchParams.set('error', 'access_denied');
    callback.searchParams.set('error_description', '<script>alert(1)</script>');
    const page = await browser.get(callback.href);
    expect([page.status, page.text]).toEqual([403, expect.stringContaining('says: access_denied.')]);
    expect(page.text).not.toContain('alert');
  });
});

it('leaves records of what was connected and disconnected, and no secret anywhere', async () => {
  await connect('rec');
  const { headers } = await shownTo('rec');
  await disconnect('rec');
  // Records are written in batches.
  const records = await eventually(async () => {
    const all = await stage.audit();
    const own = all.filter(({ sub, event }) => sub === 'rec' && String(event).startsWith('upstream.'));
    expect(own.map(({ event, upstream, tenant, decision }) => [event, upstream, tenant, decision])).toEqual([
      ['upstream.connect', 'notes', 'acme', 'granted'],
      ['upstream.disconnect', 'notes', 'acme', 'granted'],
    ]);
    return all;
  });
  const denied = records.find(({ sub, event }) => sub === 'nia' && event === 'upstream.connect');
  expect(denied).toMatchObject({ decision: 'failed', reason: 'access_denied' });
  const text = JSON.stringify(records) + (await (await fetch(`${stage.gateway.url}/metrics`)).text());
  for (const secret of [headers['authorization']!.slice(7), CLIENT_SECRET, VAULT_KEY, 'ticket=', 'code=']) {
    expect(text).not.toContain(secret);
  }
});
