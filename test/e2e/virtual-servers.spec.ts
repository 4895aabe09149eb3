import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Breakers } from '#gateway/tools/stages/breakers.js';
import { BackendUnavailable, InvalidArguments } from '#gateway/tools/tools.errors.js';
import { eventually } from '../support/embedded-stage.js';
import { McpSession } from '../support/legacy-mcp.js';
import { aTool, text } from '../support/scripted-tools.js';
import { VirtualStage } from '../support/virtual-stage.js';

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

let stage: VirtualStage;
beforeAll(async () => {
  stage = await VirtualStage.open(TOOLS, SERVERS);
});
afterAll(() => stage[Symbol.asyncDispose]());

describe('at /mcp/v/<name>', () => {
  it('the selected tools are listed as they are named there, to clients of both eras', async () => {
    expect(await stage.namesAt('issues')).toEqual(['github__list', 'report']);
    const session = await McpSession.open(`${stage.auth.gateway.url}/mcp/v/issues`, {}, stage.headers());
    const listed = (await session.call('tools/list')) as { tools: { name: string }[] };
    expect(listed.tools.map(({ name }) => name)).toEqual(['github__list', 'report']);
    expect(session.initialized['instructions']).toContain('Use it for the site.');
  });

  it('a tool is shown as the entry says, the rest of it as it was', async () => {
    const { result } = await stage.client('issues').ask('tools/list');
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
    const { result } = await stage.client('issues').call('report', { title: 'Oh' });
    expect(JSON.parse(result!['content'][0].text)).toEqual([
      'github__create_issue',
      { owner: 'acme', repo: 'site', title: 'Oh' },
    ]);
  });

  it('a header is asked for as the shown schema has it', async () => {
    const client = stage.client('issues');
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
    const { result } = await stage.client('issues').call('report', args);
    expect([result!['isError'], result!['content'][0].text]).toEqual([true, expect.stringMatching(expected)]);
  });

  it('there is nothing else: neither what is not selected nor what is shown under another name', async () => {
    for (const name of ['limited', 'github__create_issue', 'not__there', 'resolve_project', 'github__golden']) {
      expect((await stage.client('issues').call(name)).error).toMatchObject({ code: -32_602 });
    }
    expect(await stage.namesAt('issues', { tier: 'gold' })).toEqual(['github__golden', 'github__list', 'report']);
  });

  it('limits, records and breakers are those of the original', async () => {
    const mine = { sub: 'eager' };
    expect((await stage.client('private', mine).call('rare')).result!['isError']).toBeUndefined();
    expect((await stage.client('private', mine).call('rare')).result!['content'][0].text).toMatch(/^RateLimitError/);
    const id = 'virtual-server-record';
    const args = { name: 'report', arguments: { title: 'recorded' } };
    await stage.client('issues').ask('tools/call', args, { headers: { 'x-request-id': id } });
    await eventually(async () => {
      const found = (await stage.records()).filter((record) => record.request_id === id);
      expect(found).toEqual([expect.objectContaining({ tool: 'github__create_issue', upstream: 'github' })]);
    });
    fails = true;
    for (let i = 0; i < 12; i++) await stage.client('issues').call('report', { title: `fails ${i}` });
    fails = false;
    const { breaker } = stage.auth.gateway.app.get(Breakers, { strict: false }).named('github:github__create_issue');
    expect(breaker.state).toBe('open');
    breaker.set('closed');
  });

  it('resources and prompts of the upstreams that it names are there', async () => {
    const client = stage.client('docs');
    expect((await client.ask('resources/list')).result!['resources']).toEqual([{ uri: 'docs+demo://a', name: 'a' }]);
    const { result } = await client.ask('resources/read', { uri: 'docs+demo://a' });
    expect(result!['contents']).toEqual([{ uri: 'docs+demo://a', text: 'A' }]);
    expect((await client.ask('prompts/list')).result!['prompts']).toEqual([{ name: 'docs__greet' }]);
    expect((await stage.client('issues').ask('resources/list')).result!['resources']).toEqual([]);
    expect((await stage.client('issues').ask('resources/read', { uri: 'docs+demo://a' })).error).toBeDefined();
  });

  it('tools to search with stand for the list where it says so', async () => {
    expect(await stage.namesAt('searched')).toEqual(['call_tool', 'describe_tool', 'search_tools']);
    const { result } = await stage.client('searched').call('search_tools', { query: 'create issue', limit: 1 });
    expect(result!['content'][0].text).toBe('github__create_issue(owner, repo, title): Creates an issue.');
    expect(await stage.namesAt('wide', {}, 'u')).toEqual(['call_tool', 'describe_tool', 'search_tools']);
    const called = await stage.client('wide', {}, 'u').call('call_tool', { name: 'read', arguments: { a: 1 } });
    expect(JSON.parse(called.result!['content'][0].text)).toEqual({ name: 'read', arguments: { a: 1 } });
    expect(await stage.namesAt('docs', {}, 'u')).toEqual(['read']);
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
    const at = (name: string) => stage.client(name, claims);
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
      fetch(`${stage.auth.gateway.url}/mcp/v/${name}`, {
        method: 'POST',
        headers: {
          ...stage.headers(claims),
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
        },
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
    const session = await McpSession.open(`${stage.auth.gateway.url}/mcp/v/private`, {}, stage.headers());
    const post = (name: string, claims: object) =>
      fetch(`${stage.auth.gateway.url}/mcp/v/${name}`, {
        method: 'POST',
        headers: {
          ...stage.headers(claims),
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
