import { connect } from 'node:net';
import type { buildConnector } from 'undici';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { EgressClient } from '#egress/egress-client.js';
import { PublicInternet } from '#egress/public-internet.js';
import { UpstreamRegistry } from '#gateway/upstreams/upstream-registry.js';
import { type Answer, Api } from '../support/api.js';
import { Gateway } from '../support/boot-gateway.js';
import { eventually } from '../support/embedded-stage.js';
import { MisbehavingUpstream } from '../support/misbehaving-upstream.js';
import { ModernClient } from '../support/modern-client.js';
import { OriginServer } from '../support/origin-server.js';

type Body = Record<string, unknown> & { readonly errors?: readonly { field: string; code: string }[] };

/** Machines of one's own, in every spelling; each would reach the listener if it were called. */
const INSIDE = [
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '2130706433',
  '0x7f000001',
  '0X7F.0x0.0.0x1',
  '0x7f.1',
  '017700000001',
  '0177.0.0.1',
  '127.0.0.1.',
  '0',
  '0.0.0.0',
  '%31%32%37.0.0.1',
  '127%2e0%2e0%2e1',
  '127。0。0。1',
  '１２７．0．0．1',
  '①②⑦.⓪.⓪.①',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::]',
  '[::127.0.0.1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::ffff:0:127.0.0.1]',
  '[64:ff9b::127.0.0.1]',
  '[64:ff9b:1::7f00:1]',
  '[2002:7f00:1::]',
  '[2001:0:4136:e378:8000:63bf:80ff:fffe]',
  '[fe80::1]',
  '[fe80::1%25lo]',
  '[fe80::1%lo]',
  '[fec0::1]',
  '[fc00::1]',
  '[fd00:ec2::254]',
  '[ff02::1]',
  'localhost',
  'LOCALHOST',
  'localhost.',
  'a.localhost',
  'ｌｏｃａｌｈｏｓｔ',
  'loc\u00adalhost',
  'localhost.localdomain',
  'ip6-localhost',
  'router',
  'printer.local',
  'wiki.corp',
  'nas.home.arpa',
  '10.0.0.1',
  '172.16.0.1',
  '192.168.0.1',
  '100.64.0.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '169.254.169.254',
  '0xa9fea9fe',
  '2852039166',
  '0251.0376.0251.0376',
  '[::ffff:169.254.169.254]',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  'metadata',
  'metadata.google.internal',
  'metadata.google.internal.',
  'user@example.com',
  'example.com@127.0.0.1',
];

const SCHEMES = [
  'file:///etc/passwd',
  'ftp://example.com/',
  'gopher://example.com/_',
  'unix:/run/docker.sock',
  '//x.y/',
];

const stack = new AsyncDisposableStack();
/** What the names of the test mean, at this moment. */
const names = new Map<string, readonly string[]>();
/** Where connections were opened to. */
const dialled: string[] = [];
let listener: OriginServer;
let gateway: Gateway;
let api: Api;

/** What stands for public addresses is the listener: it is what would be called. */
function dial(options: buildConnector.Options, callback: buildConnector.Callback): void {
  dialled.push(options.hostname);
  const socket = connect(listener.port, '127.0.0.1');
  socket.once('connect', () => callback(null, socket)).once('error', (error) => callback(error, null));
}

beforeAll(async () => {
  listener = stack.use(await OriginServer.start());
  const resolve = (name: string) => Promise.resolve(names.get(name) ?? []);
  const egress = new EgressClient(new PublicInternet({ resolve, connect: dial }));
  gateway = stack.use(
    await Gateway.boot({ UPSTREAMS_FILE: 'none', UPSTREAM_SECRET: 'a-secret-of-a-client' }, { egress }),
  );
  api = new Api(`${gateway.url}/admin/upstreams`);
});
afterAll(() => stack.disposeAsync());

const count = () => listener.sockets.length;
let before = 0;
beforeEach(() => {
  names.clear();
  dialled.length = 0;
  before = count();
});
afterEach(async () => {
  const { upstreams } = (await api.get<{ upstreams: { name: string }[] }>('')).body;
  for (const { name } of upstreams) await api.call('DELETE', `/${name}`);
  const registry = gateway.app.get(UpstreamRegistry, { strict: false });
  await eventually(() => expect(registry.all.size + registry.disabled.length).toBe(0));
});

const put = (name: string, entry: object) => api.call<Body>('PUT', `/${name}`, JSON.stringify(entry));
const refusalsOf = ({ status, body }: Answer<Body>) => [
  status,
  ...(body.errors ?? []).map(({ field, code }) => `${field} ${code}`),
];
/** Past the check: stored by an older release, or before UPSTREAM_ALLOWED_HOSTS was narrowed. */
async function plant(name: string, entry: object): Promise<void> {
  await gateway.database!.query('insert into upstreams (name, entry, created_by, updated_by) values ($1, $2, $3, $3)', [
    name,
    JSON.stringify(entry),
    'ada',
  ]);
  // Word of another change makes the registry look at all of them.
  await put('nudge', { kind: 'http', url: 'https://nudge.example.com/', enabled: false });
  await eventually(async () => expect((await stateOf(name))['state']).not.toBe('connecting'), 30_000);
}
const stateOf = async (name: string) => (await api.get<Body>(`/${name}`)).body;

describe('an address inside is refused where it is written', () => {
  const addresses = [...INSIDE.map((host) => `http://${host}:${8_000}/mcp`), ...SCHEMES];

  it.each(addresses)('%s', async (address) => {
    const at = address.replace(':8000', `:${listener.port}`);
    const good = 'https://mcp.example.com/';
    const auth = { kind: 'client_credentials', client_id: 'x', client_secret_env: 'UPSTREAM_SECRET' };
    for (const kind of ['http', 'sse']) expect((await put('a', { kind, url: at })).status).toBe(422);
    expect((await put('a', { kind: 'openapi', document: good, url: at })).status).toBe(422);
    expect(refusalsOf(await put('a', { kind: 'openapi', document: at, url: good }))).toEqual([
      422,
      'document address_refused',
    ]);
    for (const member of ['issuer', 'token_url']) {
      const entry = { kind: 'http', url: good, auth: { ...auth, [member]: at.replace('http:', 'https:') } };
      const { status, body } = await put('a', entry);
      expect([status, (body.errors ?? []).map(({ field }) => field)]).toEqual([422, [`auth.${member}`]]);
    }
    expect((await api.post<Body>('/test', { kind: 'http', url: at })).status).toBe(422);
    expect((await api.get<{ upstreams: unknown[] }>('')).body.upstreams).toEqual([]);
    expect([dialled, count() - before]).toEqual([[], 0]);
  });
});

describe('an address inside that got in all the same is refused where it is called', () => {
  it.each([
    '127.0.0.1',
    '0x7f.1',
    '[::1]',
    '[::ffff:7f00:1]',
    '169.254.169.254',
    'localhost',
    'metadata.google.internal',
  ])('%s', async (host) => {
    names.set('localhost', ['127.0.0.1']).set('metadata.google.internal', ['169.254.169.254']);
    await plant('inside', { kind: 'http', url: `http://${host}:${listener.port}/mcp` });
    expect(await stateOf('inside')).toMatchObject({ state: 'away', tools: { offered: 0 } });
    expect(String((await stateOf('inside'))['last_error'])).toContain('may not be called');
    const { body } = await api.post<{ ok: boolean }>('/inside/test', {});
    expect(body.ok).toBe(false);
    expect([dialled, count() - before]).toEqual([[], 0]);
  });
});

describe('so is everything else that an upstream calls', () => {
  const at = (host: string) => `http://${host}:${listener.port}/x`;
  it.each<[what: string, entry: () => object]>([
    ['HTTP+SSE', () => ({ kind: 'sse', url: at('127.0.0.1') })],
    ['HTTP+SSE, IPv6', () => ({ kind: 'sse', url: at('[::1]') })],
    ['an OpenAPI document', () => ({ kind: 'openapi', document: at('127.0.0.1') })],
    ['an OpenAPI document, mapped', () => ({ kind: 'openapi', document: at('[::ffff:7f00:1]') })],
    ['an OpenAPI document in a file', () => ({ kind: 'openapi', document: '/etc/passwd' })],
    ['an OpenAPI document of a file address', () => ({ kind: 'openapi', document: 'file:///etc/passwd' })],
  ])('%s', async (_what, entry) => {
    await plant('inside', entry());
    expect(await stateOf('inside')).toMatchObject({ state: 'away', tools: { offered: 0 } });
    expect(JSON.stringify(await stateOf('inside'))).not.toContain('root:');
    expect([dialled, count() - before]).toEqual([[], 0]);
  });

  it.each(['127.0.0.1', '[::1]', '169.254.169.254', 'localhost', '0x7f.1'])(
    'the server %s that a document names',
    async (host) => {
      names.set('api.example.com', ['93.184.216.34']);
      const document = {
        openapi: '3.1.0',
        info: { title: 'An API', version: '1' },
        servers: [{ url: `http://${host}:${listener.port}/inside` }],
        paths: { '/secrets': { get: { operationId: 'readSecrets', responses: { 200: { description: 'All.' } } } } },
      };
      listener.answer = (response) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
      await put('documented', { kind: 'openapi', document: 'http://api.example.com/openapi.json' });
      await eventually(async () => expect((await stateOf('documented'))['state']).not.toBe('connecting'), 30_000);
      await new ModernClient(`${gateway.url}/mcp/u/documented`).call('readSecrets');
      expect(new Set(dialled)).toEqual(new Set(['93.184.216.34']));
      expect(listener.asked.filter(({ url }) => url.startsWith('/inside'))).toEqual([]);
    },
  );
});

describe('a name is judged by what it means when it is called', () => {
  it.each([
    ['inside', [['127.0.0.1']]],
    ['inside among others', [['93.184.216.34', '10.0.0.1']]],
    ['inside, in IPv6', [['::1']]],
    ['inside, mapped', [['::ffff:127.0.0.1']]],
    ['inside, with a zone', [['fe80::1%eth0']]],
    ['nothing', [[]]],
    ['the metadata of a cloud', [['169.254.169.254']]],
  ])('%s', async (_what, [addresses]) => {
    names.set('rebind.example.com', addresses!);
    expect((await put('rebind', { kind: 'http', url: `http://rebind.example.com:${listener.port}/` })).status).toBe(
      201,
    );
    await eventually(async () => expect(await stateOf('rebind')).toMatchObject({ state: 'away' }), 30_000);
    expect([dialled, count() - before]).toEqual([[], 0]);
  });

  it('and what it means a moment later changes nothing', async () => {
    const spy = { asked: 0 };
    names.set('rebind.example.com', ['93.184.216.34']);
    const get = names.get.bind(names);
    names.get = (name) => (name === 'rebind.example.com' && spy.asked++ > 0 ? ['127.0.0.1'] : get(name));
    listener.answer = (response) => response.writeHead(500).end();
    await put('rebind', { kind: 'http', url: `http://rebind.example.com:${listener.port}/` });
    await eventually(async () => expect(await stateOf('rebind')).toMatchObject({ state: 'away' }), 30_000);
    names.get = get;
    expect(new Set(dialled)).toEqual(new Set(['93.184.216.34']));
  });
});

describe('an authorisation server', () => {
  const CLIENT = { kind: 'client_credentials', client_id: 'gateway', client_secret_env: 'UPSTREAM_SECRET' };
  const METADATA = '/.well-known/oauth-authorization-server';
  const url = 'https://mcp.example.com/mcp';
  const tried = async (auth: object) => {
    expect((await put('guarded', { kind: 'http', url, auth: { ...CLIENT, ...auth } })).status).toBe(201);
    await eventually(async () => expect(await stateOf('guarded')).toMatchObject({ state: 'away' }), 30_000);
    expect((await api.post<{ ok: boolean }>('/guarded/test', {})).body.ok).toBe(false);
  };

  it.each([['127.0.0.1'], ['10.0.0.1', '93.184.216.34'], ['::1'], ['::ffff:169.254.169.254']])(
    'whose name means %j is not called',
    async (...addresses) => {
      names.set('mcp.example.com', ['93.184.216.34']).set('as.example.com', addresses);
      await tried({ token_url: `https://as.example.com:${listener.port}/token` });
      await api.call('DELETE', '/guarded');
      await tried({ issuer: `https://as.example.com:${listener.port}` });
      expect([dialled, count() - before]).toEqual([[], 0]);
    },
  );

  it.each(['127.0.0.1', '[::1]', '169.254.169.254', 'localhost', 'metadata.google.internal'])(
    'whose metadata lead to %s is not followed there',
    async (host) => {
      // What a server says of itself is believed for an hour.
      const server = `as-${host.length}-${host.codePointAt(1)}.example.com`;
      names.set('mcp.example.com', ['93.184.216.34']).set(server, ['93.184.216.35']);
      const issuer = `https://${server}`;
      listener.answer = (response, asked) => {
        const metadata = { issuer, token_endpoint: `https://${host}:${listener.port}/token` };
        const isMetadata = asked.url === METADATA;
        response.writeHead(isMetadata ? 200 : 404, { 'content-type': 'application/json' });
        response.end(JSON.stringify(isMetadata ? metadata : {}));
      };
      await tried({ issuer });
      expect(new Set(dialled)).toEqual(new Set(['93.184.216.35']));
      expect(listener.asked.filter((asked) => asked.url === '/token')).toEqual([]);
    },
  );
});

describe.each([301, 302, 303, 307, 308])('a redirect (%i)', (status) => {
  it.each(['http://169.254.169.254/latest/meta-data/', 'http://127.0.0.1:1/', 'http://localhost./', 'http://[::1]/'])(
    'to %s is not followed',
    async (location) => {
      names.set('mcp.example.com', ['93.184.216.34']);
      listener.answer = (response) => response.writeHead(status, { location }).end();
      await put('leading', { kind: 'http', url: 'http://mcp.example.com/mcp' });
      await eventually(async () => expect(await stateOf('leading')).toMatchObject({ state: 'away' }), 30_000);
      expect(new Set(dialled)).toEqual(new Set(['93.184.216.34']));
      expect(new Set(listener.asked.slice(-1).map(({ url }) => url))).toEqual(new Set(['/mcp']));
    },
  );
});

describe('what the operator allows', () => {
  it.each([
    ['by its network', '127.0.0.0/8', '127.0.0.1'],
    ['by its address', '127.0.0.1', '2130706433'],
    ['by its name', 'localhost', 'localhost'],
  ])('%s is called', async (_what, allowed, host) => {
    await using upstream = await MisbehavingUpstream.start();
    await using other = await Gateway.boot({ UPSTREAMS_FILE: 'none', UPSTREAM_ALLOWED_HOSTS: allowed });
    const admin = new Api(`${other.url}/admin/upstreams`);
    const url = upstream.url.replace('127.0.0.1', host);
    expect((await admin.call('PUT', '/private', JSON.stringify({ kind: 'http', url }))).status).toBe(201);
    const client = new ModernClient(`${other.url}/mcp/u/private`);
    await eventually(async () => {
      expect(await client.call('echo', { text: 'hello' })).toMatchObject({ result: { content: [{ text: 'hello' }] } });
    }, 30_000);
    const trial = await admin.post<{ ok: boolean; steps: { step: string; ok: boolean }[] }>('/private/test', {});
    expect(trial.body.steps.map(({ step, ok }) => [step, ok])).toEqual(
      ['resolve', 'connect', 'auth', 'era', 'list'].map((step) => [step, true]),
    );
    for (const elsewhere of ['10.0.0.1', '[::1]', '169.254.169.254']) {
      const entry = JSON.stringify({ kind: 'http', url: `http://${elsewhere}/` });
      expect((await admin.call('PUT', '/elsewhere', entry)).status).toBe(422);
    }
  });
});
