import { hash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { AuditRecord } from '#audit/audit-record.js';
import { canonicalJson } from '#core/canonical-json.js';
import { UpstreamStore } from '#gateway/upstreams/admin/upstream-store.js';
import { type Answer, Api } from '../support/api.js';
import { Gateway } from '../support/boot-gateway.js';
import { eventually } from '../support/embedded-stage.js';
import { FakeCore } from '../support/fake-core.js';

const ENTRY = { kind: 'http', url: 'https://mcp.example.com/mcp' };
const FILE = `upstreams:
  of-file:
    kind: http
    url: https://file.example.com/mcp?token=s3cret
    auth: { kind: bearer, value_env: UPSTREAM_OF_FILE_TOKEN }
`;

type Body = Record<string, unknown> & { readonly errors?: readonly { field: string; message: string }[] };

const stack = new AsyncDisposableStack();
let gateway: Gateway;
let api: Api;

beforeAll(async () => {
  gateway = stack.use(
    await Gateway.boot({
      UPSTREAMS_FILE: await fileWith(FILE),
      UPSTREAM_OF_FILE_TOKEN: 'the-token-of-the-file',
      UPSTREAM_SECRET: 'a-secret-of-a-client',
      UPSTREAM_MINE: 'https://mine.example.com/mcp',
      UPSTREAM_INSIDE: 'http://169.254.169.254/',
      UPSTREAM_ALLOWED_HOSTS: '10.7.0.0/16, mcp.internal',
      BRIGHTDATA_API_TOKEN: 'a-token-of-brightdata',
    }),
  );
  api = new Api(`${gateway.url}/admin/upstreams`);
});
afterAll(() => stack.disposeAsync());
beforeEach(() => gateway.database!.query('delete from upstreams'));

async function fileWith(text: string): Promise<string> {
  const { mkdtemp } = await import('node:fs/promises');
  const { tmpdir } = await import('node:os');
  const path = join(await mkdtemp(join(tmpdir(), 'achilles-upstreams-')), 'upstreams.yaml');
  await writeFile(path, text);
  return path;
}

const put = (name: string, entry: object, ifMatch?: string) =>
  api.call<Body>('PUT', `/${name}`, JSON.stringify(entry), ifMatch === undefined ? {} : { 'if-match': ifMatch });
const patch = (name: string, change: object, ifMatch?: string) =>
  api.call<Body>('PATCH', `/${name}`, JSON.stringify(change), ifMatch === undefined ? {} : { 'if-match': ifMatch });
const remove = (name: string, ifMatch?: string) =>
  api.call<Body>('DELETE', `/${name}`, undefined, ifMatch === undefined ? {} : { 'if-match': ifMatch });
const listed = async () => (await api.get<{ upstreams: Body[] }>('')).body.upstreams;
const faultsOf = ({ body }: Answer<Body>) => (body.errors ?? []).map(({ field, message }) => `${field} ${message}`);

describe('an upstream of the API', () => {
  it('is added, listed, shown, changed and taken away', async () => {
    const created = await put('docs', { ...ENTRY, description: 'The docs.' });
    expect([created.status, created.headers.get('etag')]).toEqual([201, '"1"']);
    expect(created.body).toMatchObject({ name: 'docs', kind: 'http', origin: 'admin', enabled: true, revision: 1 });
    expect((await listed()).map(({ name }) => name)).toEqual(['docs', 'of-file']);
    const changed = await patch('docs', { description: null, tier: 'gold' });
    expect([changed.status, changed.headers.get('etag')]).toEqual([200, '"2"']);
    expect(changed.body['entry']).toEqual({ ...ENTRY, tier: 'gold' });
    expect((await api.get<Body>('/docs')).headers.get('etag')).toBe('"2"');
    expect((await remove('docs')).status).toBe(204);
    expect((await api.get<Body>('/docs')).body).toMatchObject({ status: 404, code: 'upstream_not_found' });
    expect((await remove('docs')).status).toBe(404);
  });

  it('is also added without an address of its own', async () => {
    const { status, body } = await api.post<Body>('', { name: 'docs', ...ENTRY });
    expect([status, body['name']]).toEqual([201, 'docs']);
    expect((await api.post<Body>('', { name: 'docs', ...ENTRY })).body).toMatchObject({ status: 409 });
    expect(faultsOf(await api.post<Body>('', ENTRY))).toEqual(['name is required']);
  });

  it('is replaced by those only who have seen what they replace', async () => {
    await put('docs', ENTRY);
    expect((await put('docs', ENTRY)).body).toMatchObject({ status: 409, code: 'upstream_exists' });
    expect((await put('docs', { ...ENTRY, tier: 'silver' }, '"1"')).body).toMatchObject({ revision: 2 });
    expect((await put('docs', ENTRY, '"1"')).body).toMatchObject({ code: 'revision_mismatch', revision: 2 });
    expect((await put('docs', ENTRY, '"1"')).status).toBe(412);
    expect((await patch('docs', { tier: 'gold' }, '"1"')).status).toBe(412);
    expect((await remove('docs', '"1"')).status).toBe(412);
    expect((await put('docs', ENTRY, '*')).body).toMatchObject({ revision: 3 });
    expect((await put('nobody', ENTRY, '"1"')).status).toBe(404);
    for (const tag of ['1', 'W/"1"', '"x"', '"1", "2"']) expect((await put('docs', ENTRY, tag)).status).toBe(422);
    expect((await remove('docs', '"3"')).status).toBe(204);
  });

  it('takes every change of many who change it at once', async () => {
    await put('docs', ENTRY);
    const changes = Array.from({ length: 12 }, (_, n) => patch('docs', { tools: { [`t${n}`]: { tier: 'gold' } } }));
    expect((await Promise.all(changes)).map(({ status }) => status)).toEqual(Array<number>(12).fill(200));
    const { body } = await api.get<Body>('/docs');
    expect(body['revision']).toBe(13);
    expect(Object.keys((body['entry'] as { tools: object }).tools)).toHaveLength(12);
  });

  it('is created once by many who create it at once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => put('docs', ENTRY)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.toSorted((a, b) => a - b)).toEqual([201, ...Array<number>(7).fill(409)]);
  });

  it('is disabled and enabled', async () => {
    await put('docs', ENTRY);
    expect((await api.post<Body>('/docs/disable', {})).body).toMatchObject({ enabled: false, revision: 2 });
    await eventually(async () => expect((await api.get<Body>('/docs')).body).toMatchObject({ state: 'disabled' }));
    expect((await api.post<Body>('/docs/enable', {})).body).toMatchObject({ enabled: true, revision: 3 });
    expect((await api.post<Body>('/nobody/enable', {})).status).toBe(404);
  });

  it('shows no secret', async () => {
    const url = 'https://mcp.example.com/mcp?token=s3cret';
    const { body } = await put('docs', { ...ENTRY, url, headers: { 'x-team': 's3cret' } });
    expect(body).toMatchObject({ url: ENTRY.url, entry: { url: ENTRY.url, headers: { 'x-team': '…' } } });
    for (const path of ['', '/docs', '/of-file']) {
      expect(JSON.stringify((await api.get<Body>(path)).body)).not.toMatch(/s3cret|the-token-of-the-file/);
    }
  });

  it('is recorded with the hash of what it was set to', async () => {
    await put('audited', ENTRY);
    await patch('audited', { tier: 'gold' });
    await api.post<Body>('/audited/disable', {});
    await api.post<Body>('/audited/enable', {});
    await api.post<Body>('/audited/refresh', {});
    await remove('audited');
    const entry = { ...ENTRY, tier: 'gold', enabled: true };
    await eventually(async () => {
      const text = await readFile(join(gateway.folder, 'audit.jsonl'), 'utf8');
      const records = text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as AuditRecord);
      const own = records.filter(({ upstream }) => upstream === 'audited');
      expect(own.map(({ event }) => event.replace('upstream.', ''))).toEqual([
        'create',
        'replace',
        'disable',
        'enable',
        'refresh',
        'delete',
      ]);
      expect(own.every(({ decision, sub }) => decision === 'granted' && sub === 'anonymous')).toBe(true);
      expect(own[0]!.input_sha256).toBe(hash('sha256', canonicalJson(ENTRY)));
      expect(own.at(-1)!.input_sha256).toBe(hash('sha256', canonicalJson(entry)));
    });
  });
});

describe('what stands in the file', () => {
  it('is listed, and cannot be changed here', async () => {
    expect(await listed()).toMatchObject([{ name: 'of-file', origin: 'file', url: 'https://file.example.com/mcp' }]);
    for (const answer of [
      await put('of-file', ENTRY),
      await put('of-file', ENTRY, '*'),
      await patch('of-file', { enabled: false }),
      await remove('of-file'),
      await api.post<Body>('/of-file/disable', {}),
    ]) {
      expect(answer.body).toMatchObject({ status: 409, code: 'upstream_of_file' });
    }
  });

  it('hides one of the same name from the API, which can be taken away', async () => {
    const values = [JSON.stringify(ENTRY), 'ada'];
    await gateway.database!.query(
      `insert into upstreams (name, entry, created_by, updated_by) values ('of-file', $1, $2, $2)`,
      values,
    );
    expect(await listed()).toMatchObject([{ name: 'of-file', origin: 'file' }]);
    expect((await api.get<Body>('/of-file')).body).not.toHaveProperty('entry');
    expect((await remove('of-file')).status).toBe(204);
  });
});

describe('an entry that is refused', () => {
  it.each<[what: string, entry: unknown, fault: RegExp]>([
    ['no object', [], /^body must be an object/],
    ['no kind', {}, /^kind must be one of/],
    ['a process', { kind: 'stdio', command: 'sh', args: ['-c', 'id'] }, /^kind .*code run on this machine/],
    ['a preset that is a process', { preset: 'everything' }, /^kind .*code run on this machine/],
    ['an unknown preset', { preset: 'toString' }, /^preset must be one of/],
    ['an unknown member', { ...ENTRY, comand: 'x' }, /comand/],
    ['an address that is none', { ...ENTRY, url: 'nowhere' }, /^url must be an http or https address/],
    ['a user name', { ...ENTRY, url: 'https://u:p@mcp.example.com/' }, /^url may not be called: it has a user name/],
    ['an address inside', { ...ENTRY, url: 'http://127.1/' }, /^url may not be called: it is not public/],
    ['a variable with one', { kind: 'http', url_env: 'UPSTREAM_INSIDE' }, /^url_env may not be called/],
    ['a file of this machine', { kind: 'openapi', document: '/etc/passwd' }, /^document may not be called/],
    ['a document inside', { kind: 'openapi', document: 'http://[::1]/api.json' }, /^document may not be called/],
    [
      'a secret in a file of this machine',
      { ...ENTRY, auth: { kind: 'bearer', value_file: '/etc/shadow' } },
      /^auth.value_file is for config\/upstreams.yaml only/,
    ],
    [
      'the secret of one of the file',
      { ...ENTRY, auth: { kind: 'bearer', value_env: 'UPSTREAM_OF_FILE_TOKEN' } },
      /^auth.value_env names UPSTREAM_OF_FILE_TOKEN, which is for the upstream of-file/,
    ],
    ['a secret of the gateway', { ...ENTRY, auth: { kind: 'bearer', value_env: 'SESSION_KEY' } }, /^auth.value_env/],
    [
      'the token of another service',
      { ...ENTRY, auth: { kind: 'query', name: 'token', value_env: 'BRIGHTDATA_API_TOKEN' } },
      /^auth.value_env .*brightdata.com/,
    ],
    ['a secret in a header', { ...ENTRY, headers: { Authorization: 'Bearer x' } }, /^headers.Authorization belongs/],
    [
      'an authorisation server inside',
      {
        ...ENTRY,
        auth: {
          kind: 'client_credentials',
          issuer: 'https://10.0.0.1/',
          client_id: 'x',
          client_secret_env: 'UPSTREAM_SECRET',
        },
      },
      /^auth.issuer may not be called/,
    ],
    [
      'too much',
      { ...ENTRY, allow: Array.from({ length: 9_000 }, (_, n) => `tool-${n}`) },
      /^entry must not be longer/,
    ],
  ])('because of %s', async (_what, entry, fault) => {
    const answer = await put('refused', entry as object);
    expect([answer.status, answer.body['code']]).toEqual([422, 'validation_failed']);
    expect(faultsOf(answer).filter((text) => fault.test(text))).toHaveLength(1);
    expect((await api.post<Body>('/test', entry)).status).toBe(422);
    expect((await listed()).map(({ name }) => name)).toEqual(['of-file']);
  });

  it.each(['Docs', '1docs', 'a_b', 'a'.repeat(33), '%2e%2e', 'a b', 'a%00b', 'é'])(
    'because of its name %s',
    async (name) => {
      expect((await put(encodeURIComponent(name), ENTRY)).status).toBe(422);
    },
  );

  it('although another one like it was stored before', async () => {
    await put('docs', ENTRY);
    expect((await patch('docs', { url: 'http://[::ffff:7f00:1]/' })).status).toBe(422);
    expect((await put('docs', { kind: 'stdio', command: 'sh' }, '*')).status).toBe(422);
    expect((await api.get<Body>('/docs')).body).toMatchObject({ revision: 1, entry: ENTRY });
  });
});

it.each([
  { ...ENTRY, url: 'http://10.7.1.1:9000/mcp' },
  { ...ENTRY, url: 'http://mcp.internal/mcp' },
  { kind: 'http', url_env: 'UPSTREAM_MINE' },
  { kind: 'sse', url: 'https://mcp.example.com/sse' },
  { kind: 'openapi', document: 'https://api.example.com/openapi.json', url: 'https://api.example.com/' },
])('%j is taken', async (entry) => expect((await put('taken', entry)).status).toBe(201));

describe('other replicas', () => {
  it('have what is added here within a second or so', async () => {
    const settings = { DATABASE_URL: gateway.database!.url, UPSTREAMS_FILE: 'none' };
    await using other = await Gateway.boot(settings);
    const store = other.app.get(UpstreamStore, { strict: false });
    const seen: string[][] = [];
    store.onChange(() => void store.list().then((specs) => seen.push(specs.map(({ name }) => name))));
    await put('docs', ENTRY);
    await eventually(() => expect(seen.at(-1)).toEqual(['docs']));
    const [first] = await store.list();
    await patch('other', {});
    await put('other', ENTRY);
    await eventually(() => expect(seen.at(-1)).toEqual(['docs', 'other']));
    expect((await store.list())[0]).toBe(first);
    await patch('docs', { tier: 'gold' });
    await eventually(async () => expect((await store.list())[0]).toMatchObject({ tier: 'gold' }));
    await remove('docs');
    await eventually(() => expect(seen.at(-1)).toEqual(['other']));
  });

  it('leave out what names a variable that is not set there, and say so', async () => {
    await put('mine', { kind: 'http', url_env: 'UPSTREAM_MINE' });
    await using other = await Gateway.boot({ DATABASE_URL: gateway.database!.url, UPSTREAMS_FILE: 'none' });
    expect(await other.app.get(UpstreamStore, { strict: false }).list()).toEqual([]);
    const { body } = await new Api(`${other.url}/admin/upstreams`).get<Body>('/mine');
    expect([body['state'], body['last_error']]).toEqual(['degraded', expect.stringContaining('url')]);
  });
});

it('without a database there is nowhere to keep any, and it says so', async () => {
  await using core = await FakeCore.start();
  await using remote = await Gateway.boot({
    ...core.settings(),
    UPSTREAMS_FILE: await fileWith(FILE),
    UPSTREAM_OF_FILE_TOKEN: 'the-token-of-the-file',
  });
  const there = new Api(`${remote.url}/admin/upstreams`);
  expect((await there.get<Body>('')).body).toMatchObject({ upstreams: [{ name: 'of-file' }] });
  const { status, body } = await there.call<Body>('PUT', '/docs', JSON.stringify(ENTRY));
  expect([status, body['code']]).toEqual([501, 'no_database']);
  expect((await there.call<Body>('DELETE', '/docs')).status).toBe(501);
});
