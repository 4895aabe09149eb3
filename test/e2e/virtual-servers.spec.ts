import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AuditRecord } from '#audit/audit-record.js';
import { UpstreamOpener } from '#gateway/upstreams/open-upstream.js';
import { UpstreamRegistry } from '#gateway/upstreams/upstream-registry.js';
import { Breakers } from '#gateway/tools/stages/breakers.js';
import { BackendUnavailable, InvalidArguments } from '#gateway/tools/tools.errors.js';
import { Api } from '../support/api.js';
import { AuthStage } from '../support/auth-stage.js';
import { Gateway } from '../support/boot-gateway.js';
import { eventually } from '../support/embedded-stage.js';
import { forge } from '../support/forge.js';
import { McpSession } from '../support/legacy-mcp.js';
import { ModernClient } from '../support/modern-client.js';
import { ScriptedConnection } from '../support/scripted-upstream.js';
import { aTool, sourceOf, text } from '../support/scripted-tools.js';

const SCHEMA = {
  type: 'object',
  properties: {
    owner: { type: 'string', 'x-mcp-header': 'Owner' },
    repo: { type: 'string', 'x-mcp-header': 'Repo' },
    title: { type: 'string' },
  },
  required: ['owner', 'repo', 'title'],
  vendor: { kept: true },
};

let fails = false;
const TOOLS = [
  aTool('github__create_issue', {
    definition: { description: 'Creates an issue.', inputSchema: SCHEMA },
    upstream: 'github',
    cacheSeconds: 60,
    check: (given) => {
      if (typeof given['title'] === 'string') return given;
      throw new InvalidArguments([{ field: 'title', code: 'required', message: 'is required' }]);
    },
    call: ({ tool, arguments: args }) =>
      fails
        ? Promise.reject(new BackendUnavailable('github'))
        : Promise.resolve(text(JSON.stringify([tool.definition.name, args]))),
  }),
  aTool('github__list', { upstream: 'github' }),
  aTool('github__golden', { upstream: 'github', tier: 'gold' }),
  aTool('limited'),
];

const ISSUES = {
  title: 'Issues of our site',
  description: 'Use it for the site.',
  tools: [
    {
      tool: 'github__create_issue',
      as: 'report',
      title: 'Report',
      description: 'Reports what is wrong with the site.',
      defaults: { repo: 'site' },
      fixed: { owner: 'acme' },
    },
    { tool: 'github__*' },
    { tool: 'not__there' },
  ],
};

const SERVERS = {
  issues: ISSUES,
  searched: { tools: [{ tool: '*' }], search: true },
  private: { tools: [{ tool: 'limited', as: 'rare' }], tenants: ['acme', 'other'] },
  docs: { tools: [{ tool: 'docs__*' }], resources: ['docs', 'away'], prompts: ['docs'] },
};
const UPSTREAMS = {
  docs: { kind: 'http', url: 'http://127.0.0.1:9', scopes: [] },
  wide: { kind: 'http', url: 'http://127.0.0.1:9', search: true, scopes: [] },
};

const scripted = () =>
  new ScriptedConnection({
    'tools/list': () => ({ tools: [{ name: 'read', description: 'Reads.', inputSchema: { type: 'object' } }] }),
    'prompts/list': () => ({ prompts: [{ name: 'greet' }] }),
    'prompts/get': () => ({ messages: [] }),
    'resources/list': () => ({ resources: [{ uri: 'demo://a', name: 'a' }] }),
    'resources/read': () => ({ contents: [{ uri: 'demo://a', text: 'A' }] }),
    'tools/call': ({ params }) => ({ content: [{ type: 'text', text: JSON.stringify(params) }] }),
  });

let stage: AuthStage;
const configure = (servers: object) =>
  writeFile(
    join(stage.gateway.folder, 'upstreams.yaml'),
    JSON.stringify({ upstreams: UPSTREAMS, virtual_servers: servers }),
  );

beforeAll(async () => {
  const settings = { RATE_LIMITS_FILE: 'test/fixtures/limited-tool.yaml' };
  stage = await AuthStage.open(settings, { sources: [sourceOf(TOOLS)] });
  stage.gateway.app.get(UpstreamOpener, { strict: false }).open = scripted;
  await configure(SERVERS);
  const registry = stage.gateway.app.get(UpstreamRegistry, { strict: false });
  await eventually(async () => {
    expect(['docs', 'wide'].map((name) => registry.find(name)?.state)).toEqual(['connected', 'connected']);
    expect((await as().at('docs').ask('tools/list')).status).toBe(200);
  });
});
afterAll(() => stage[Symbol.asyncDispose]());

function as(claims: object = {}) {
  const authorization = `Bearer ${forge(stage.provider, { claims: { tier: 'silver', scope: 'tools:call', ...claims } })}`;
  const at = (name: string, folder = 'v') =>
    new ModernClient(`${stage.gateway.url}/mcp/${folder}/${name}`, { authorization });
  return { at, authorization };
}

const headersOf = (claims: object = {}) => ({ authorization: as(claims).authorization });

const admin = (scope = 'upstreams:read upstreams:write') =>
  new Api(stage.gateway.url, { authorization: `Bearer ${forge(stage.provider, { claims: { scope } })}` });

const namesAt = async (name: string, claims: object = {}, folder = 'v') =>
  ((await as(claims).at(name, folder).ask('tools/list')).result!['tools'] as { name: string }[]).map(
    (tool) => tool.name,
  );

describe('at /mcp/v/<name>', () => {
  it('the selected tools are listed as they are named there, to clients of both eras', async () => {
    expect(await namesAt('issues')).toEqual(['github__list', 'report']);
    const session = await McpSession.open(`${stage.gateway.url}/mcp/v/issues`, {}, headersOf());
    const listed = (await session.call('tools/list')) as { tools: { name: string }[] };
    expect(listed.tools.map(({ name }) => name)).toEqual(['github__list', 'report']);
    expect(session.initialized['instructions']).toContain('Use it for the site.');
  });

  it('a tool is shown as the entry says, the rest of it as it was', async () => {
    const { result } = await as().at('issues').ask('tools/list');
    const [, report] = result!['tools'];
    expect(report).toEqual({
      name: 'report',
      title: 'Report',
      description: 'Reports what is wrong with the site.',
      inputSchema: {
        ...SCHEMA,
        properties: { repo: { ...SCHEMA.properties.repo, default: 'site' }, title: { type: 'string' } },
        required: ['title'],
      },
    });
  });

  it('calls are filled in, and are those of the original', async () => {
    const { result } = await as().at('issues').call('report', { title: 'Oh' });
    expect(JSON.parse(result!['content'][0].text)).toEqual([
      'github__create_issue',
      { owner: 'acme', repo: 'site', title: 'Oh' },
    ]);
  });

  it('a header is asked for as the shown schema has it', async () => {
    const client = as().at('issues');
    const args = { title: 'Oh', repo: 'blog' };
    const call = (headers: object) =>
      client.ask('tools/call', { name: 'report', arguments: args }, { headers: { ...headers } });
    expect((await call({ 'mcp-param-repo': 'blog' })).result!['content'][0].text).toContain('"repo":"blog"');
    expect((await call({})).error!.code).toBe(-32_020);
  });

  it.each<[string, object, RegExp]>([
    ['what is fixed', { title: 'Oh', owner: 'evil' }, /^ValidationError: owner is not an argument of this tool/],
    ['what the original refuses', {}, /^ValidationError: title is required/],
  ])('a call is refused for %s', async (_what, args, expected) => {
    const { result } = await as().at('issues').call('report', args);
    expect([result!['isError'], result!['content'][0].text]).toEqual([true, expect.stringMatching(expected)]);
  });

  it('there is nothing else: neither what is not selected nor what is shown under another name', async () => {
    for (const name of ['limited', 'github__create_issue', 'not__there', 'resolve_project', 'github__golden']) {
      expect((await as().at('issues').call(name)).error).toMatchObject({ code: -32_602 });
    }
    expect(await namesAt('issues', { tier: 'gold' })).toEqual(['github__golden', 'github__list', 'report']);
  });

  it('limits, records and breakers are those of the original', async () => {
    const mine = { sub: 'eager' };
    expect((await as(mine).at('private').call('rare')).result!['isError']).toBeUndefined();
    expect((await as(mine).at('private').call('rare')).result!['content'][0].text).toMatch(/^RateLimitError/);
    const id = 'virtual-server-record';
    const args = { name: 'report', arguments: { title: 'recorded' } };
    await as()
      .at('issues')
      .ask('tools/call', args, { headers: { 'x-request-id': id } });
    await eventually(async () => {
      const found = (await records()).filter((record) => record.request_id === id);
      expect(found).toEqual([expect.objectContaining({ tool: 'github__create_issue', upstream: 'github' })]);
    });
    fails = true;
    for (let i = 0; i < 12; i++)
      await as()
        .at('issues')
        .call('report', { title: `fails ${i}` });
    fails = false;
    const { breaker } = stage.gateway.app.get(Breakers, { strict: false }).named('github:github__create_issue');
    expect(breaker.state).toBe('open');
    breaker.set('closed');
  });

  it('resources and prompts of the upstreams that it names are there', async () => {
    const client = as().at('docs');
    expect((await client.ask('resources/list')).result!['resources']).toEqual([{ uri: 'docs+demo://a', name: 'a' }]);
    const { result } = await client.ask('resources/read', { uri: 'docs+demo://a' });
    expect(result!['contents']).toEqual([{ uri: 'docs+demo://a', text: 'A' }]);
    expect((await client.ask('prompts/list')).result!['prompts']).toEqual([{ name: 'docs__greet' }]);
    expect((await as().at('issues').ask('resources/list')).result!['resources']).toEqual([]);
    expect((await as().at('issues').ask('resources/read', { uri: 'docs+demo://a' })).error).toBeDefined();
  });

  it('tools to search with stand for the list where it says so', async () => {
    expect(await namesAt('searched')).toEqual(['call_tool', 'describe_tool', 'search_tools']);
    const { result } = await as().at('searched').call('search_tools', { query: 'create issue', limit: 1 });
    expect(result!['content'][0].text).toBe('github__create_issue(owner, repo, title): Creates an issue.');
    expect(await namesAt('wide', {}, 'u')).toEqual(['call_tool', 'describe_tool', 'search_tools']);
    const called = await as()
      .at('wide', 'u')
      .call('call_tool', { name: 'read', arguments: { a: 1 } });
    expect(JSON.parse(called.result!['content'][0].text)).toEqual({ name: 'read', arguments: { a: 1 } });
    expect(await namesAt('docs', {}, 'u')).toEqual(['read']);
  });
});

describe('whose it is not', () => {
  it.each<[string, object, boolean]>([
    ['its tenant', {}, true],
    ['another of its tenants', { tenant: 'other' }, true],
    ['a stranger', { tenant: 'stranger' }, false],
    ['a stranger of a high tier', { tenant: 'stranger', tier: 'enterprise' }, false],
    ['a tenant whose name begins so', { tenant: 'acme2' }, false],
    ['a tenant in other letters', { tenant: 'ACME' }, false],
  ])('%s: %j may use it: %j', async (_who, claims, may) => {
    const { authorization, at } = as(claims);
    const asked = await Promise.all(['private', 'never-was'].map((name) => at(name).ask('tools/list')));
    if (may) expect([asked[0]!.status, asked[1]!.status]).toEqual([200, 404]);
    else expect(bare(asked[0]!)).toEqual(bare(asked[1]!));
    for (const [method, params] of [
      ['tools/call', { name: 'rare', arguments: {} }],
      ['server/discover', {}],
      ['prompts/list', {}],
    ] as const) {
      const [one, none] = await Promise.all(['private', 'never-was'].map((name) => at(name).ask(method, params)));
      if (!may) expect(bare(one!)).toEqual(bare(none!));
    }
    const open = (name: string) =>
      fetch(`${stage.gateway.url}/mcp/v/${name}`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
        body: JSON.stringify({
          jsonrpc: '2.0',
          id: 1,
          method: 'initialize',
          params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } },
        }),
      });
    expect((await open('private')).status).toBe(may ? 200 : 404);
  });

  it('nor is a session of a tenant good for another, or for another mount', async () => {
    const session = await McpSession.open(`${stage.gateway.url}/mcp/v/private`, {}, headersOf());
    const post = (name: string, claims: object) =>
      fetch(`${stage.gateway.url}/mcp/v/${name}`, {
        method: 'POST',
        headers: {
          ...headersOf(claims),
          'mcp-session-id': session.id,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
        } as Record<string, string>,
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
      }).then(({ status }) => status);
    expect(await post('private', {})).toBe(200);
    expect(await post('private', { tenant: 'other' })).toBe(404);
    expect(await post('issues', {})).toBe(404);
  });

  /** What a caller can see of an answer, but for what it said itself. */
  const bare = ({ status, error }: { status: number; error?: unknown }) =>
    JSON.stringify([status, error]).replaceAll(/private|never-was/g, '…');
});

describe('the admin API', () => {
  const PATH = '/admin/virtual-servers';
  const ENTRY = { tools: [{ tool: 'github__list', as: 'list' }, { tool: 'later' }] };
  const put = (name: string, body: unknown, headers: Record<string, string> = {}) =>
    admin().with(headers).call<Record<string, unknown>>('PUT', `${PATH}/${name}`, JSON.stringify(body));

  it('shows those of the file, and what came of each tool', async () => {
    const { body } = await admin().get<{ virtual_servers: { name: string; origin: string }[] }>(PATH);
    expect(body.virtual_servers.map(({ name, origin }) => [name, origin])).toEqual(
      Object.keys(SERVERS)
        .sort()
        .map((name) => [name, 'file']),
    );
    const { body: issues } = await admin().get(`${PATH}/issues`);
    expect(issues).toMatchObject({
      path: '/mcp/v/issues',
      offered: 3,
      tools: [
        { name: 'report', tool: 'github__create_issue', upstream: 'github' },
        { name: 'github__golden', tool: 'github__golden', upstream: 'github' },
        { name: 'github__list', tool: 'github__list', upstream: 'github' },
      ],
      unresolved: [{ tool: 'not__there', reason: 'there is no such tool' }],
    });
  });

  it('adds, replaces and takes away, as whoever has seen the last revision', async () => {
    const created = await admin().post<Record<string, unknown>>(PATH, { name: 'made', ...ENTRY });
    expect([created.status, created.headers.get('etag')]).toEqual([201, '"1"']);
    expect(created.body).toMatchObject({ name: 'made', origin: 'admin', revision: 1, created_by: 'ada' });
    expect(await namesAt('made')).toEqual(['list']);
    expect((await admin().post(PATH, { name: 'made', ...ENTRY })).status).toBe(409);
    expect((await put('made', ENTRY)).status).toBe(409);
    expect((await put('made', ENTRY, { 'if-match': '"7"' })).status).toBe(412);
    expect((await put('made', ENTRY, { 'if-match': 'x' })).status).toBe(422);
    const replaced = await put('made', { tools: [{ tool: 'limited' }] }, { 'if-match': '"1"' });
    expect([replaced.status, replaced.headers.get('etag')]).toEqual([200, '"2"']);
    expect(await namesAt('made')).toEqual(['limited']);
    const remove = (ifMatch: string) => admin().with({ 'if-match': ifMatch }).call('DELETE', `${PATH}/made`);
    expect((await remove('"1"')).status).toBe(412);
    expect((await remove('"2"')).status).toBe(204);
    expect((await as().at('made').ask('tools/list')).status).toBe(404);
    expect((await remove('*')).status).toBe(404);
    expect((await put('made', ENTRY, { 'if-match': '*' })).status).toBe(404);
  });

  it('leaves a record of each change', async () => {
    const before = (await records()).length;
    expect((await put('recorded', ENTRY)).status).toBe(201);
    expect((await put('recorded', ENTRY, { 'if-match': '*' })).status).toBe(200);
    expect((await admin().call('DELETE', `${PATH}/recorded`)).status).toBe(204);
    await eventually(async () => {
      const events = (await records()).slice(before).filter(({ event }) => event.startsWith('virtual_server.'));
      expect(events.map(({ event, upstream, sub }) => [event, upstream, sub])).toEqual([
        ['virtual_server.create', 'recorded', 'ada'],
        ['virtual_server.replace', 'recorded', 'ada'],
        ['virtual_server.delete', 'recorded', 'ada'],
      ]);
    });
  });

  it.each<[string, string, unknown, number]>([
    ['one of the file', 'issues', ENTRY, 409],
    ['no tools', 'bad', {}, 422],
    [
      'two of one name',
      'bad',
      {
        tools: [
          { tool: 'a', as: 'x' },
          { tool: 'b', as: 'x' },
        ],
      },
      422,
    ],
    ['no entry', 'bad', [], 422],
    ['a name that is none', 'Bad', ENTRY, 422],
    [
      'an entry that is too long',
      'bad',
      { tools: Array.from({ length: 1_000 }, (_, i) => ({ tool: `t${i}`, description: 'x'.repeat(300) })) },
      422,
    ],
  ])('refuses %s, and leaves nothing behind', async (_what, name, entry, status) => {
    expect((await put(name, entry, {})).status).toBe(status);
    if (name !== 'issues') expect((await admin().get(`${PATH}/${name}`)).status).toBe(404);
  });

  it('of two who replace the same revision at once, one does', async () => {
    expect((await put('raced', ENTRY)).status).toBe(201);
    const both = await Promise.all([1, 2, 3].map(() => put('raced', ENTRY, { 'if-match': '"1"' })));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
    expect((await admin().call('DELETE', `${PATH}/raced`)).status).toBe(204);
  });

  it('reaches other replicas', async () => {
    await using other = await Gateway.boot({ ...stage.provider.settings, DATABASE_URL: stage.gateway.database!.url });
    expect((await put('spread', { tools: [{ tool: 'resolve_project' }] })).status).toBe(201);
    const headers = { authorization: as({ scope: 'projects:write' }).authorization };
    const client = new ModernClient(`${other.url}/mcp/v/spread`, headers);
    await eventually(async () => {
      const { result } = await client.ask('tools/list');
      expect(result?.['tools']).toEqual([expect.objectContaining({ name: 'resolve_project' })]);
    });
    expect((await admin().call('DELETE', `${PATH}/spread`)).status).toBe(204);
    await eventually(async () => expect((await client.ask('tools/list')).status).toBe(404));
  });
});

describe('the file', () => {
  it('is read again when it changes; one with a fault changes nothing', async () => {
    await configure({
      ...SERVERS,
      issues: {
        tools: [
          { tool: 'a', as: 'x' },
          { tool: 'b', as: 'x' },
        ],
      },
    });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await namesAt('issues')).toEqual(['github__list', 'report']);
    await configure({ ...SERVERS, issues: { tools: [{ tool: 'limited' }] } });
    await eventually(async () => expect(await namesAt('issues')).toEqual(['limited']));
    await configure(SERVERS);
    await eventually(async () => expect(await namesAt('issues')).toEqual(['github__list', 'report']));
  });

  it('hides one of the API that has the same name', async () => {
    const api = admin();
    expect(
      (await api.call('PUT', '/admin/virtual-servers/hidden', JSON.stringify({ tools: [{ tool: 'limited' }] }))).status,
    ).toBe(201);
    await configure({ ...SERVERS, hidden: { tools: [{ tool: 'github__list' }] } });
    await eventually(async () => expect(await namesAt('hidden')).toEqual(['github__list']));
    expect((await api.get('/admin/virtual-servers/hidden')).body).toMatchObject({ origin: 'file' });
    expect((await api.call('DELETE', '/admin/virtual-servers/hidden')).status).toBe(204);
    expect(await namesAt('hidden')).toEqual(['github__list']);
    await configure(SERVERS);
    await eventually(async () => expect((await as().at('hidden').ask('tools/list')).status).toBe(404));
  });
});

async function records(): Promise<AuditRecord[]> {
  const log = await readFile(join(stage.gateway.folder, 'audit.jsonl'), 'utf8');
  return log
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as AuditRecord);
}
