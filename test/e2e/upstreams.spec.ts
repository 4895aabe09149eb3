import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JsonObject } from '#gateway/tools/tool.js';
import { Mounts } from '#gateway/tools/mount.js';
import { UpstreamRpcError } from '#gateway/tools/tools.errors.js';
import { Credentials } from '#gateway/upstreams/credentials/credentials.js';
import { UpstreamOpener } from '#gateway/upstreams/open-upstream.js';
import { UpstreamRegistry } from '#gateway/upstreams/upstream-registry.js';
import { ConnectNeeded } from '#gateway/upstreams/upstreams.errors.js';
import { Gateway } from '../support/boot-gateway.js';
import { ModernClient } from '../support/modern-client.js';
import { ScriptedConnection } from '../support/scripted-upstream.js';

const connections = new Map<string, ScriptedConnection>();
let gateway: Gateway;

const tool = (name: string, more: object = {}) => ({
  name,
  description: `The tool ${name}.`,
  inputSchema: { type: 'object' },
  vendor: { kept: true },
  ...more,
});

function docs(): ScriptedConnection {
  return new ScriptedConnection({
    'tools/list': ({ params }): JsonObject =>
      params['cursor'] === undefined
        ? { tools: [tool('search'), tool('x'.repeat(80))], nextCursor: 'two' }
        : { tools: [tool('read'), tool('fail')] },
    'prompts/list': () => ({ prompts: [{ name: 'greet', arguments: [{ name: 'who' }] }] }),
    'resources/list': () => ({ resources: [{ uri: 'demo://a', name: 'a' }] }),
    'resources/templates/list': () => ({ resourceTemplates: [{ uriTemplate: 'demo://{id}', name: 't' }] }),
    'tools/call': ({ params }) => {
      if (params['name'] === 'fail') throw new UpstreamRpcError('docs', -32_602, 'no such thing');
      return {
        resultType: 'complete',
        content: [
          { type: 'text', text: JSON.stringify(params) },
          { type: 'resource_link', uri: 'demo://a', name: 'a' },
          { type: 'vendor_block', anything: 1 },
        ],
        _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'theirs', version: '1' }, vendor: 1 },
      };
    },
    'resources/read': ({ params }) => {
      if (params['uri'] !== 'demo://a') throw new UpstreamRpcError('docs', -32_002, 'not found');
      return { contents: [{ uri: 'demo://a', text: 'A' }] };
    },
    'prompts/get': ({ params }) => ({
      messages: [
        { role: 'user', content: { type: 'text', text: JSON.stringify(params) } },
        { role: 'user', content: { type: 'resource', resource: { uri: 'demo://a', text: 'A' } } },
      ],
    }),
    'completion/complete': ({ params }) => ({ completion: { values: [JSON.stringify(params)] } }),
  });
}

const slow = () =>
  new ScriptedConnection({
    'tools/list': ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
  });

const broken = () =>
  new ScriptedConnection({
    'tools/list': () => {
      throw new Error('it is out of order');
    },
  });

const scripts: Record<string, () => ScriptedConnection> = {
  docs,
  slow,
  broken,
  unprefixed: () =>
    new ScriptedConnection({ 'tools/list': () => ({ tools: [tool('docs__search'), tool('plain')] }) }, { tools: {} }),
};

async function configure(upstreams: Readonly<Record<string, object>>): Promise<void> {
  const entries = Object.entries(upstreams).map(([name, entry]) => [
    name,
    { kind: 'http', url: 'http://127.0.0.1:9', ...entry },
  ]);
  await writeFile(join(gateway.folder, 'upstreams.yaml'), JSON.stringify({ upstreams: Object.fromEntries(entries) }));
}

const UPSTREAMS = {
  docs: {},
  slow: {},
  broken: {},
  unprefixed: { prefix: '', scopes: [] },
  hidden: { enabled: false },
};

/** Waits until it is so. */
async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 400 && !(await what()); i++) await delay(50);
  expect(await what()).toBe(true);
}

const registry = () => gateway.app.get(UpstreamRegistry, { strict: false });
const client = (path = '/mcp') => new ModernClient(`${gateway.url}${path}`);
const namesOf = async (path = '/mcp') =>
  ((await client(path).ask('tools/list')).result!['tools'] as { name: string }[]).map(({ name }) => name);

beforeAll(async () => {
  gateway = await Gateway.boot({ AUTH_MODE: 'none' });
  gateway.app.get(UpstreamOpener, { strict: false }).open = ({ name }) => {
    const connection = scripts[name]!();
    connections.set(name, connection);
    return connection;
  };
  await configure(UPSTREAMS);
  await until(() => registry().find('docs')?.state === 'connected' && registry().find('broken')?.state === 'away');
  await until(() => registry().find('unprefixed')?.state === 'connected');
});
afterAll(() => gateway[Symbol.asyncDispose]());

describe('everything together, at /mcp', () => {
  it('lists the tools of those that are there, under names that say where they come from', async () => {
    const names = await namesOf();
    expect(names).toEqual(
      expect.arrayContaining(['docs__search', 'docs__read', 'docs__fail', 'plain', 'resolve_project']),
    );
    expect(names.every((name) => name.length <= 64)).toBe(true);
    expect(names.filter((name) => name.startsWith('docs__xxx'))).toHaveLength(1);
    expect(names).toEqual(names.toSorted());
  });

  it('relays a definition as it is but for its name', async () => {
    const { result } = await client().ask('tools/list');
    const found = (result!['tools'] as { name: string }[]).find(({ name }) => name === 'docs__read');
    expect(found).toEqual({ ...tool('read'), name: 'docs__read' });
  });

  it('lets nobody take a name that belongs to another', async () => {
    const { result } = await client().call('docs__search', { a: 1 });
    expect(JSON.parse(result!['content'][0].text)).toEqual({ name: 'search', arguments: { a: 1 } });
  });

  it('calls by the own name, maps addresses, and says who it is itself', async () => {
    const { result } = await client().call('docs__read', { uri: 'docs+demo://a' });
    expect(result).toMatchObject({
      resultType: 'complete',
      content: [
        { type: 'text', text: '{"name":"read","arguments":{"uri":"demo://a"}}' },
        { type: 'resource_link', uri: 'docs+demo://a' },
        { type: 'vendor_block', anything: 1 },
      ],
      _meta: { vendor: 1, 'io.modelcontextprotocol/serverInfo': { name: 'achilles-gateway' } },
    });
  });

  it('calls what had to be shortened', async () => {
    const name = (await namesOf()).find((each) => each.startsWith('docs__xxx'))!;
    const { result } = await client().call(name);
    expect(JSON.parse(result!['content'][0].text).name).toBe('x'.repeat(80));
  });

  it('makes of an error of the upstream a result that a model can read', async () => {
    const { result } = await client().call('docs__fail');
    expect(result).toMatchObject({ isError: true, content: [{ text: 'UpstreamRpcError: docs: no such thing' }] });
  });

  it('lists and reads resources by addresses that say whose they are', async () => {
    const mcp = client();
    const pages: { uri: string }[] = [];
    for (let cursor: unknown, first = true; first || cursor !== undefined; first = false) {
      const { result } = await mcp.ask('resources/list', cursor === undefined ? {} : { cursor });
      pages.push(...(result!['resources'] as { uri: string }[]));
      cursor = result!['nextCursor'];
    }
    expect(pages).toContainEqual({ uri: 'docs+demo://a', name: 'a' });
    const templates = (await mcp.ask('resources/templates/list')).result!['resourceTemplates'] as object[];
    expect(templates).toContainEqual({ uriTemplate: 'docs+demo://{id}', name: 't' });
    const read = await mcp.ask('resources/read', { uri: 'docs+demo://a' });
    expect(read.result!['contents']).toEqual([{ uri: 'docs+demo://a', text: 'A' }]);
  });

  it.each(['docs+demo://b', 'nobody+demo://a', 'demo://a'])('has no resource %s', async (uri) => {
    const { error } = await client().ask('resources/read', { uri });
    expect(error).toMatchObject({ code: -32_602, data: { uri } });
  });

  it('lists and gets prompts', async () => {
    const { result } = await client().ask('prompts/list');
    expect(result!['prompts']).toContainEqual({ name: 'docs__greet', arguments: [{ name: 'who' }] });
    const got = await client().ask('prompts/get', { name: 'docs__greet', arguments: { who: 'me' } });
    expect(JSON.parse(got.result!['messages'][0].content.text)).toEqual({ name: 'greet', arguments: { who: 'me' } });
    expect(got.result!['messages'][1].content.resource.uri).toBe('docs+demo://a');
  });

  it.each([
    [
      { type: 'ref/prompt', name: 'docs__greet' },
      { type: 'ref/prompt', name: 'greet' },
    ],
    [
      { type: 'ref/resource', uri: 'docs+demo://{id}' },
      { type: 'ref/resource', uri: 'demo://{id}' },
    ],
  ])('completes %j', async (ref, own) => {
    const { result } = await client().ask('completion/complete', { ref, argument: { name: 'who', value: 'm' } });
    expect(JSON.parse(result!['completion'].values[0])).toEqual({ ref: own, argument: { name: 'who', value: 'm' } });
  });
});

describe('one upstream as it is, at /mcp/u/<name>', () => {
  it('shows its own names and addresses', async () => {
    expect(await namesOf('/mcp/u/docs')).toEqual(['fail', 'read', 'search', 'x'.repeat(80)].toSorted());
    const { result } = await client('/mcp/u/docs').call('read', { uri: 'docs+demo://a' });
    expect(result!['content'][0].text).toBe('{"name":"read","arguments":{"uri":"docs+demo://a"}}');
    expect(result!['content'][1].uri).toBe('demo://a');
    const read = await client('/mcp/u/docs/').ask('resources/read', { uri: 'demo://a' });
    expect(read.result!['contents']).toEqual([{ uri: 'demo://a', text: 'A' }]);
    const got = await client('/mcp/u/docs').ask('prompts/get', { name: 'greet' });
    expect(got.result!['messages'][1].content.resource.uri).toBe('demo://a');
  });

  it.each(['nobody', 'hidden', 'Docs', 'docs%2f', '__proto__', '..%2fdocs'])('%s is not there', async (name) => {
    const response = await client(`/mcp/u/${name}`).open('tools/list', {});
    expect(response.status).toBe(404);
  });

  it('is where a session of its belongs, and nowhere else', async () => {
    const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
    const post = (path: string, body: object, more: object = {}) =>
      fetch(`${gateway.url}${path}`, { method: 'POST', headers: { ...headers, ...more }, body: JSON.stringify(body) });
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } };
    const begun = await post('/mcp/u/docs', { jsonrpc: '2.0', id: 1, method: 'initialize', params });
    const session = { 'mcp-session-id': begun.headers.get('mcp-session-id')! };
    const ping = { jsonrpc: '2.0', id: 2, method: 'ping' };
    expect((await post('/mcp/u/docs', ping, session)).status).toBe(200);
    expect((await post('/mcp', ping, session)).status).toBe(404);
  });

  it('breaks, limits and records under the name that the tool has together', () => {
    const mount = gateway.app.get(Mounts).find('/mcp/u/docs', {
      issuer: '',
      subject: '',
      tenant: 'default',
      tier: 'enterprise',
      scopes: new Set(['tools:call']),
    });
    const [first] = mount!.directory.all();
    expect(first!.aliasOf?.definition.name).toBe('docs__fail');
  });
});

describe('an upstream that knows each caller', () => {
  const CONNECT_URL = 'https://gateway.test/connect/personal';
  let isConnected = false;

  beforeAll(async () => {
    const credentials = gateway.app.get(Credentials, { strict: false });
    const { isPerCaller } = credentials;
    credentials.isPerCaller = (spec) => spec.name === 'personal' || isPerCaller.call(credentials, spec);
    scripts['personal'] = () => {
      const demand = (answer: JsonObject) => (): JsonObject => {
        if (!isConnected) throw new ConnectNeeded('personal', CONNECT_URL);
        return answer;
      };
      return new ScriptedConnection({
        'tools/list': ({ caller }) => demand({ tools: [tool(`of-${caller?.subject ?? 'nobody'}`)] })(),
        'tools/call': demand({ content: [{ type: 'text', text: 'called' }] }),
        'resources/list': ({ caller }) => demand({ resources: [{ uri: `mine://${caller!.subject}`, name: 'm' }] })(),
      });
    };
    await configure({ ...UPSTREAMS, personal: {} });
    await until(async () => (await namesOf()).includes('personal__connect'));
  });

  it('offers only to connect, until somebody has', async () => {
    expect(await namesOf('/mcp/u/personal')).toEqual(['connect']);
    const { result } = await client().call('personal__connect');
    expect(result).toMatchObject({ isError: true });
    expect(result!['content'][0].text).toContain(CONNECT_URL);
  });

  it('sends whoever can open a page there, and shows its tools afterwards', async () => {
    const told = { capabilities: { elicitation: { url: {} } } };
    const asked = await client('/mcp/u/personal').call('connect', {}, told);
    expect(asked.result).toMatchObject({
      resultType: 'input_required',
      inputRequests: { connect: { params: { mode: 'url', url: CONNECT_URL } } },
    });
    isConnected = true;
    const { requestState } = asked.result!;
    const params = { name: 'connect', arguments: {}, requestState, inputResponses: { connect: { action: 'accept' } } };
    const { result } = await client('/mcp/u/personal').ask('tools/call', params, told);
    expect(result!['content'][0].text).toMatch(/^Connected\. There are 1 tools now: personal__of-/);
    expect(await namesOf('/mcp/u/personal')).toEqual([expect.stringMatching(/^of-/)]);
  });

  it('lists to each caller its own resources', async () => {
    const { result } = await client('/mcp/u/personal').ask('resources/list');
    expect(result!['resources']).toEqual([{ uri: expect.stringMatching(/^mine:\/\//), name: 'm' }]);
  });
});

describe('what changes', () => {
  it('is looked at when the upstream says so, and only then offered', async () => {
    const connection = connections.get('docs')!;
    const before = connection.answers;
    connection.answers = { ...before, 'tools/list': () => ({ tools: [tool('search'), tool('fresh')] }) };
    connection.hear({ kind: 'tools' });
    await until(async () => (await namesOf()).includes('docs__fresh'));
    expect(await namesOf('/mcp/u/docs')).toEqual(['fresh', 'search']);
    connection.answers = before;
    connection.hear({ kind: 'tools' });
    await until(async () => !(await namesOf()).includes('docs__fresh'));
  });

  it('may be kept no longer than the upstream says, and by others only where nobody is left out', async () => {
    const { result: before } = await client('/mcp/u/docs').ask('tools/list');
    expect(before).toMatchObject({ ttlMs: 60_000, cacheScope: 'private' });
    const connection = connections.get('unprefixed')!;
    const offered = connection.answers;
    connection.answers = { 'tools/list': () => ({ tools: [tool('plain')], ttlMs: 1_500 }) };
    await registry().find('unprefixed')!.refresh();
    const { result } = await client('/mcp/u/unprefixed').ask('tools/list');
    expect(result).toMatchObject({ ttlMs: 1_500, cacheScope: 'public' });
    expect((await client().ask('tools/list')).result).toMatchObject({ ttlMs: 1_500, cacheScope: 'private' });
    connection.answers = offered;
    await registry().find('unprefixed')!.refresh();
  });

  it('keeps what was offered last when the upstream goes away', async () => {
    const connection = connections.get('docs')!;
    const before = connection.answers;
    connection.answers = { ...before, 'tools/list': () => Promise.reject(new Error('gone')) };
    await registry().find('docs')!.refresh();
    expect(registry().find('docs')).toMatchObject({ state: 'away', lastError: 'gone' });
    expect(await namesOf()).toContain('docs__search');
    connection.answers = before;
    await registry().find('docs')!.refresh();
    expect(registry().find('docs')).toMatchObject({ state: 'connected', lastError: undefined });
  });

  it('takes an edit of the file: one that is changed is opened anew, others are left alone', async () => {
    const docsBefore = connections.get('docs')!;
    const plainBefore = connections.get('unprefixed')!;
    await configure({ docs: { deny: ['fail'] }, unprefixed: { prefix: '', scopes: [] } });
    await until(() => connections.get('docs') !== docsBefore && registry().find('docs')?.state === 'connected');
    expect(docsBefore.closed).toBe(true);
    expect(connections.get('unprefixed')).toBe(plainBefore);
    expect(registry().find('slow')).toBeUndefined();
    expect(await namesOf('/mcp/u/docs')).not.toContain('fail');
  });

  it('keeps everything when an edit is wrong', async () => {
    await writeFile(join(gateway.folder, 'upstreams.yaml'), '{ upstreams: { docs: { kind: nothing } } }');
    await delay(1_500);
    expect(registry().find('docs')?.state).toBe('connected');
  });
});
