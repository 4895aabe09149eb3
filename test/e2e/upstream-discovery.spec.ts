import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Clock } from '#observability/clock.js';
import { CLIENT_SECRET, UpstreamAuthorizationServer } from '../support/authorization-server.js';
import { Browser } from '../support/browser.js';
import { connectAt } from '../support/connect-user.js';
import { CredentialsStage } from '../support/credentials-stage.js';

// An upstream that says itself who gives tokens for it. Here it stands at the origin of its authorisation server, since
// nothing that a document names may lead into a private network.
const stack = new AsyncDisposableStack();
let server: UpstreamAuthorizationServer;
let stage: CredentialsStage;
let asked: string[];
let count = 0;

const PUBLIC_URL = 'https://gateway.test/base';

beforeAll(async () => {
  server = stack.use(await UpstreamAuthorizationServer.start());
  stage = stack.use(await CredentialsStage.open({}, { PUBLIC_URL }));
});
afterAll(() => stack.disposeAsync());
beforeEach(() => {
  asked = [];
});

interface Said {
  readonly challenge?: string;
  readonly documents?: Readonly<Record<string, unknown>>;
  /** What the authorisation server says of itself. */
  readonly metadata?: object;
}

/** An upstream that nobody has asked before, and its page. */
async function pageOf(
  { challenge, documents = {}, metadata: said = metadata() }: Said,
  auth: object = { client_id: 'app' },
) {
  const path = `/mcp${++count}`;
  // What servers say is remembered: each one here is another.
  const named = (text: string) => text.replaceAll('/MCP', path).replaceAll('/AS', `/as${count}`);
  server.intercept = (request: IncomingMessage, response: ServerResponse) => {
    const url = request.url!;
    asked.push(`${request.method} ${url}`);
    if (url === path) {
      response.writeHead(challenge === undefined ? 404 : 401, { 'www-authenticate': challenge ?? 'Bearer' }).end();
      return true;
    }
    const document = url.startsWith('/.well-known/oauth-authorization') ? said : documents[url.replace(path, '/MCP')];
    if (document === undefined) return false;
    response.writeHead(200, { 'content-type': 'application/json' }).end(named(JSON.stringify(document)));
    return true;
  };
  await stage.configure({ own: { kind: 'http', url: server.issuer + path, auth: { kind: 'user', ...auth } } });
  const error = await stage.shown('own').catch((caught: unknown) => caught);
  const { url } = (error as { details: { members: { url: string } } }).details.members;
  expect(url).toMatch(/^https:\/\/gateway\.test\/base\/connect\/own\?ticket=/);
  const here = url.replace(PUBLIC_URL, stage.gateway.url);
  const page = await new Browser().get(here);
  const form = new URLSearchParams({ ticket: new URL(url).searchParams.get('ticket')! });
  const origin = 'https://gateway.test';
  const depart = () => new Browser().step('POST', here.split('?')[0]!, form, { origin });
  return { page, path, depart };
}

const metadata = (more: object = {}) => ({
  issuer: `${server.issuer}/AS`,
  authorization_endpoint: `${server.issuer}/auth`,
  token_endpoint: `${server.issuer}/token`,
  code_challenge_methods_supported: ['S256'],
  ...more,
});
const resource = (more: object = {}) => ({
  resource: `${server.issuer}/MCP`,
  authorization_servers: [`${server.issuer}/AS`],
  scopes_supported: ['notes:read'],
  ...more,
});

describe('the authorisation server of an upstream', () => {
  it('is where its challenge says', async () => {
    const { page, path, depart } = await pageOf({
      challenge: `Bearer error="invalid_token", resource_metadata="${server.issuer}/here", scope="a b"`,
      documents: { '/here': resource() },
    });
    expect(page.status).toBe(200);
    for (const scope of ['<code>a</code>', '<code>b</code>']) expect(page.text).toContain(scope);
    expect(asked.slice(0, 2)).toEqual([`POST ${path}`, 'GET /here']);
    const { searchParams } = new URL((await depart()).headers.get('location')!);
    expect(Object.fromEntries(searchParams)).toMatchObject({
      resource: server.issuer + path,
      scope: 'a b',
      redirect_uri: `${PUBLIC_URL}/connect/callback`,
    });
  });

  it.each(['/.well-known/oauth-protected-resource/MCP', '/.well-known/oauth-protected-resource'])(
    'is where %s says, without a challenge',
    async (place) => {
      const { page } = await pageOf({ documents: { [place]: resource({ resource: server.issuer }) } });
      expect(page.status).toBe(200);
      expect(page.text).toContain('<code>notes:read</code>');
    },
  );

  it.each<[string, Said & { readonly says: RegExp }]>([
    ['nothing', { says: /does not say who gives tokens/ }],
    [
      'another resource',
      { documents: { '/here': { resource: 'https://other.test/mcp' } }, says: /of another resource/ },
    ],
    ['a neighbour', { documents: { '/here': { resource: 'ORIGIN/MCP-2' } }, says: /of another resource/ }],
    ['no server', { documents: { '/here': { authorization_servers: [] } }, says: /name no authorisation server/ }],
    [
      'a server of the network',
      { documents: { '/here': { authorization_servers: ['https://10.0.0.1'] } }, says: /refused/ },
    ],
    [
      'a server of this machine',
      { documents: { '/here': { authorization_servers: ['http://127.0.0.1:1'] } }, says: /refused/ },
    ],
    ['a file', { documents: { '/here': { authorization_servers: ['file:///etc/passwd'] } }, says: /no token/ }],
    [
      'a document of the cloud',
      { challenge: 'Bearer resource_metadata="http://169.254.169.254/latest"', says: /refused/ },
    ],
    ['a document of a neighbour', { challenge: 'Bearer resource_metadata="http://127.0.0.1:1/x"', says: /refused/ }],
    [
      'another issuer',
      { metadata: { issuer: 'https://evil.test' }, documents: { '/here': {} }, says: /not what the protocol wants/ },
    ],
    [
      'no PKCE',
      { metadata: { code_challenge_methods_supported: ['plain'] }, documents: { '/here': {} }, says: /PKCE/ },
    ],
    [
      'nothing of PKCE',
      { metadata: { code_challenge_methods_supported: undefined }, documents: { '/here': {} }, says: /PKCE/ },
    ],
    [
      'a script',
      {
        metadata: { authorization_endpoint: 'javascript:alert(1)' },
        documents: { '/here': {} },
        says: /no safe place/,
      },
    ],
    [
      'a page in the clear',
      { metadata: { authorization_endpoint: 'http://a.test/' }, documents: { '/here': {} }, says: /no safe place/ },
    ],
  ])('that is %s is refused', async (_what, { says, ...said }) => {
    const documents = Object.fromEntries(
      Object.entries(said.documents ?? {}).map(([path, more]) => [
        path,
        JSON.parse(JSON.stringify(resource(more as object)).replace('ORIGIN', server.issuer)) as object,
      ]),
    );
    const { page, depart } = await pageOf({
      challenge: said.challenge ?? `Bearer resource_metadata="${server.issuer}/here"`,
      documents,
      metadata: metadata(said.metadata),
    });
    expect([page.status, page.text]).toEqual([502, expect.stringMatching(says)]);
    expect((await depart()).status).toBe(502);
    expect(page.text).not.toMatch(/passwd|169\.254|10\.0\.0|alert/);
  });
});

describe('a gateway that nobody has registered', () => {
  const documents = () => ({ '/.well-known/oauth-protected-resource': resource({ resource: server.issuer }) });

  it('is called by the address of a document about it', async () => {
    const { depart } = await pageOf(
      { documents: documents(), metadata: metadata({ client_id_metadata_document_supported: true }) },
      {},
    );
    const { searchParams } = new URL((await depart()).headers.get('location')!);
    expect(searchParams.get('client_id')).toBe(`${PUBLIC_URL}/connect/client.json`);
    const response = await fetch(`${stage.gateway.url}/connect/client.json`);
    expect([response.status, await response.json()]).toEqual([
      200,
      {
        client_id: `${PUBLIC_URL}/connect/client.json`,
        client_name: 'Achilles Gateway',
        redirect_uris: [`${PUBLIC_URL}/connect/callback`],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
      },
    ]);
  });

  it('is told so by a server that knows nothing of such documents', async () => {
    const { page } = await pageOf({ documents: documents(), metadata: metadata() }, {});
    expect([page.status, page.text]).toEqual([502, expect.stringContaining('needs a client_id')]);
  });

  it('ties its cookie to its host where it is reached over TLS', async () => {
    const { depart } = await pageOf({ documents: documents(), metadata: metadata() });
    expect((await depart()).headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^__Host-connect-[0-9a-f]{16}=[\w-]+; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/,
      ),
    ]);
  });
});

it('keeps connections in memory where a remote Core leaves the gateway without a database', async () => {
  server.intercept = () => false;
  const auth = {
    kind: 'user',
    issuer: server.issuer,
    client_id: 'app',
    client_secret_env: 'UPSTREAM_APP_SECRET',
    scopes: ['notes:read'],
  };
  await using remote = await CredentialsStage.open(
    { notes: auth },
    {
      ACHILLES_CORE: 'remote',
      ACHILLES_BASE_URL: 'http://127.0.0.1:1',
      ACHILLES_API_KEY: 'not-used-by-this-test',
      VAULT_KEY: '',
      UPSTREAM_APP_SECRET: CLIENT_SECRET,
    },
  );
  const connections = async (method = 'GET', upstream = '') => {
    const response = await fetch(`${remote.gateway.url}/v1/connections${upstream}`, { method });
    return [response.status, await response.text()];
  };
  expect(await connections()).toEqual([200, '{"connections":[]}']);
  const error = await remote.shown('notes').catch((caught: unknown) => caught);
  const { url } = (error as { details: { members: { url: string } } }).details.members;
  expect((await connectAt(server, url, 'ada')).status).toBe(200);
  expect((await connectAt(server, url, 'ada')).status).toBe(400);
  const before = await remote.shown('notes');
  expect(before.headers['authorization']).toMatch(/^Bearer /);
  remote.gateway.app.get(Clock).now = () => Date.now() + 3_600_000;
  const after = await Promise.all(Array.from({ length: 20 }, () => remote.shown('notes')));
  expect(new Set(after.map(({ headers }) => headers['authorization'])).size).toBe(1);
  expect(after[0]!.headers).not.toEqual(before.headers);
  expect(server.count('refresh_token')).toBe(1);
  expect(await connections()).toEqual([200, expect.stringContaining('"upstream":"notes"')]);
  expect(await connections('DELETE', '/notes')).toEqual([204, '']);
  await expect(remote.shown('notes')).rejects.toMatchObject({ code: 'connect_needed' });
});
