import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Tool } from '#gateway/tools/tool.js';
import {
  BackendUnavailable,
  CircuitOpen,
  InvalidArguments,
  InvalidCypher,
  ToolTimeout,
} from '#gateway/tools/tools.errors.js';
import { Gateway } from '../support/boot-gateway.js';
import { eventually } from '../support/embedded-stage.js';
import { EverythingSource } from '../support/everything.source.js';
import { forge } from '../support/forge.js';
import { IdentityProvider } from '../support/identity-provider.js';
import { ModernClient } from '../support/modern-client.js';
import { aTool, hanging, sourceOf, text } from '../support/scripted-tools.js';

const failing = (name: string, error: Error, terms: Partial<Tool> = {}) =>
  aTool(name, { ...terms, guarded: false, call: () => Promise.reject(error) });

let left = 0;

const SCRIPTED = [
  failing('fails.arguments', new InvalidArguments([{ field: 'top_k', code: 'maximum', message: 'must be ≤ 100' }])),
  failing('fails.cypher', new InvalidCypher('query', 'CREATE writes')),
  failing('fails.away', new BackendUnavailable('semantic-search', new Error('connect 10.0.0.1:80'))),
  failing('fails.late', new ToolTimeout('fails.late', 30_000)),
  failing('fails.open', new CircuitOpen('semantic-search', 9)),
  failing('fails.strangely', new Error('the password is hunter2')),
  aTool('gold-only', { tier: 'gold' }),
  aTool('of-acme', { tenants: new Set(['acme']) }),
  aTool('with-scope', { scopes: ['breakers:write'] }),
  aTool('structured', {
    call: () => Promise.resolve({ content: [], structuredContent: [1, 'two'], odd: { kept: true }, _meta: { own: 1 } }),
  }),
  aTool('hangs', {
    call: async (call) => {
      try {
        return await hanging(call);
      } finally {
        left++;
      }
    },
  }),
  aTool('echo', {
    guarded: false,
    call: async ({ arguments: { word, ms = 0, steps = 0 }, channel }) => {
      for (let step = 1; step <= (steps as number); step++) channel.progress(step, steps as number, String(word));
      await new Promise((resolve) => setTimeout(resolve, ms as number));
      return text(String(word));
    },
  }),
  aTool('numbers', {
    definition: {
      inputSchema: {
        type: 'object',
        properties: {
          count: { type: 'integer', 'x-mcp-header': 'Count' },
          place: { type: 'object', properties: { city: { type: 'string', 'x-mcp-header': 'City' } } },
          sure: { type: 'boolean', 'x-mcp-header': 'Sure' },
        },
      },
    },
  }),
];

let provider: IdentityProvider;
let gateway: Gateway;
beforeAll(async () => {
  provider = await IdentityProvider.start();
  gateway = await Gateway.boot(provider.settings, { sources: [EverythingSource, sourceOf(SCRIPTED)] });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
});

const as = (claims: object = {}) =>
  new ModernClient(`${gateway.url}/mcp`, { authorization: `Bearer ${forge(provider, { claims: { ...claims } })}` });

/** The audit records of requests whose id begins so. */
async function recordsOf(requestId: string): Promise<Record<string, unknown>[]> {
  const lines = (await readFile(join(gateway.folder, 'audit.jsonl'), 'utf8')).split('\n').filter(Boolean);
  const records = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return records.filter((record) => String(record['request_id']).startsWith(requestId));
}

const namesFor = async (claims: object) => {
  const { result } = await as(claims).ask('tools/list');
  return (result!['tools'] as { name: string }[]).map(({ name }) => name);
};

describe('server/discover', () => {
  it('says what is spoken and offered', async () => {
    const { status, result } = await as().ask('server/discover');
    expect([status, result]).toEqual([
      200,
      {
        resultType: 'complete',
        supportedVersions: ['2026-07-28'],
        capabilities: {
          tools: { listChanged: true },
          resources: { subscribe: true, listChanged: true },
          prompts: { listChanged: true },
          completions: {},
          logging: {},
        },
        instructions: expect.any(String),
        ttlMs: expect.any(Number),
        cacheScope: 'private',
        _meta: { 'io.modelcontextprotocol/serverInfo': expect.objectContaining({ version: expect.any(String) }) },
      },
    ]);
  });

  it('names the versions to who asks in another', async () => {
    const { status, error } = await as().ask(
      'server/discover',
      {},
      {
        headers: { 'mcp-protocol-version': '2031-01-01' },
        meta: { 'io.modelcontextprotocol/protocolVersion': '2031-01-01' },
      },
    );
    expect([status, error?.code, error?.data]).toEqual([
      400,
      -32022,
      { supported: ['2026-07-28'], requested: '2031-01-01' },
    ]);
  });
});

it.each(['ping', 'initialize', 'logging/setLevel', 'resources/subscribe', 'tasks/list', 'nothing', '__proto__'])(
  'knows no %s',
  async (method) => {
    const { status, error, id } = await as().ask(method, {}, { id: 'mine' });
    expect([status, error?.code, id]).toEqual([404, -32601, 'mine']);
  },
);

describe('tools/list', () => {
  it('shows each caller its own, in order', async () => {
    const ofBronze = await namesFor({ tier: 'bronze', tenant: 'umbrella' });
    const ofGold = await namesFor({ tier: 'gold', tenant: 'acme', scope: 'breakers:write' });
    expect(ofGold.filter((name) => !ofBronze.includes(name))).toEqual(['gold-only', 'of-acme', 'with-scope']);
    expect(ofGold).toEqual([...ofGold].sort());
  });

  it('shows what it lets nobody else call', async () => {
    for (const name of ['gold-only', 'of-acme', 'with-scope']) {
      const { error } = await as({ tier: 'bronze', tenant: 'umbrella' }).call(name);
      expect([name, error?.code]).toEqual([name, -32602]);
    }
  });

  it.each(['x', '', 'bm8', Buffer.from('["prompts","a"]').toString('base64url'), 7, null, ['a']])(
    'has no cursor %j',
    async (cursor) => {
      const { status, error } = await as().ask('tools/list', { cursor });
      expect([status, error?.code]).toEqual([200, -32602]);
    },
  );
});

it('lists a thousand tools over pages, each once', async () => {
  const many = Array.from({ length: 1_000 }, (_, index) => aTool(`tool-${String(index).padStart(4, '0')}`));
  await using other = await Gateway.boot({}, { sources: [sourceOf(many)] });
  const client = new ModernClient(`${other.url}/mcp`);
  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const { result } = await client.ask('tools/list', cursor === undefined ? {} : { cursor });
    names.push(...(result!['tools'] as { name: string }[]).map(({ name }) => name));
    cursor = result!['nextCursor'] as string | undefined;
  } while (cursor !== undefined);
  expect(names.filter((name) => name.startsWith('tool-'))).toEqual(many.map(({ definition }) => definition.name));
  expect(new Set(names).size).toBe(names.length);
});

describe('tools/call', () => {
  it('relays what it does not know', async () => {
    const { result } = await as().call('structured');
    expect(result).toMatchObject({
      content: [],
      structuredContent: [1, 'two'],
      odd: { kept: true },
      resultType: 'complete',
      _meta: { own: 1, 'io.modelcontextprotocol/serverInfo': expect.any(Object) },
    });
  });

  it.each([
    ['fails.arguments', 'ValidationError: top_k must be ≤ 100'],
    ['fails.cypher', 'CypherValidationError: The query is not read-only Cypher: CREATE writes.'],
    ['fails.away', 'BackendUnavailableError: semantic-search cannot be reached. Try again later.'],
    ['fails.late', 'ToolTimeoutError: fails.late did not answer within 30 seconds.'],
    [
      'fails.open',
      'CircuitOpenError: semantic-search has failed repeatedly and is not called for the moment. Try again in 9 s.',
    ],
  ])('%s says to the model: %s', async (name, said) => {
    const { status, result } = await as().call(name);
    expect([status, result!['isError'], result!['content']]).toEqual([200, true, [{ type: 'text', text: said }]]);
  });

  it('says nothing of a fault of ours', async () => {
    const { status, error } = await as().call('fails.strangely');
    expect([status, error?.code]).toEqual([200, -32603]);
    expect(JSON.stringify(error)).not.toContain('hunter2');
  });

  it('knows no tool of another name', async () => {
    const { status, error } = await as().call('no-such-tool');
    expect([status, error?.code]).toEqual([200, -32602]);
  });

  it('is told of to the tool when the client leaves', async () => {
    const leave = new AbortController();
    const before = left;
    const call = as().call('hangs', {}, { signal: leave.signal });
    setTimeout(() => leave.abort(), 200);
    await expect(call).rejects.toThrow(/abort/);
    await eventually(() => expect(left).toBe(before + 1));
  });

  it('is recorded once, as a call', async () => {
    const requestId = 'one-call-one-record';
    await as().call('echo', { word: 'x' }, { headers: { 'x-request-id': requestId } });
    await eventually(async () => {
      expect(await recordsOf(requestId)).toMatchObject([{ tool: 'echo', decision: 'granted' }]);
    });
  });
});

describe('an argument that stands in a header too', () => {
  it.each<[string, object, Record<string, string>, number]>([
    ['the same', { count: 42 }, { 'mcp-param-count': '42' }, 200],
    ['the same number in other digits', { count: 42 }, { 'mcp-param-count': '42.0' }, 200],
    ['the same, further inside', { place: { city: 'Zürich' } }, { 'mcp-param-city': '=?base64?WsO8cmljaA==?=' }, 200],
    ['the same truth', { sure: false }, { 'mcp-param-sure': 'false' }, 200],
    ['absent in both', {}, {}, 200],
    ['null, and absent', { count: null }, {}, 200],
    ['one that no schema knows', {}, { 'mcp-param-other': 'x' }, 200],
    ['another number', { count: 42 }, { 'mcp-param-count': '43' }, 400],
    ['a number in words of another language', { count: 42 }, { 'mcp-param-count': '0x2a' }, 400],
    ['no header', { count: 42 }, {}, 400],
    ['no argument', {}, { 'mcp-param-count': '42' }, 400],
    ['another text', { place: { city: 'Zürich' } }, { 'mcp-param-city': 'Bern' }, 400],
    ['another truth', { sure: false }, { 'mcp-param-sure': 'true' }, 400],
  ])('%s', async (_what, args, headers, status) => {
    const answer = await as().call('numbers', args, { headers });
    expect([answer.status, answer.error?.code]).toEqual([status, status === 200 ? undefined : -32020]);
  });
});

describe('what a call tells before its answer', () => {
  it('is nothing when nobody asked', async () => {
    const { before, headers } = await as().call('echo', { word: 'x', steps: 3 });
    expect([before, headers.get('content-type')]).toEqual([[], expect.stringContaining('application/json')]);
  });

  it('is progress, with the token of the request', async () => {
    const { before, result } = await as().call('echo', { word: 'x', steps: 2 }, { meta: { progressToken: 'p' } });
    expect(before.map(({ method, params }) => [method, params])).toEqual([
      ['notifications/progress', { progressToken: 'p', progress: 1, total: 2, message: 'x' }],
      ['notifications/progress', { progressToken: 'p', progress: 2, total: 2, message: 'x' }],
    ]);
    expect(result).toMatchObject({ content: [{ text: 'x' }] });
  });

  it.each<[string | undefined, number]>([
    [undefined, 0],
    ['error', 0],
    ['debug', 1],
  ])('is log messages from level %s on', async (level, count) => {
    const meta = { 'io.modelcontextprotocol/logLevel': level };
    const { before } = await as().call('test_logging_tool', {}, { meta });
    expect(before.map(({ method }) => method)).toEqual(Array(count).fill('notifications/message'));
  });

  it.each([
    ['a level that there is not', { 'io.modelcontextprotocol/logLevel': 'loud' }],
    ['a token that is a list', { progressToken: [] }],
  ])('cannot be asked for with %s', async (_what, meta) => {
    const { status, error } = await as().call('echo', { word: 'x' }, { meta });
    expect([status, error?.code]).toEqual([400, -32602]);
  });
});

describe('resources and prompts', () => {
  it('say that there is no such resource, and which', async () => {
    for (const uri of ['test://no-such', 'nobody://owns-this']) {
      const { status, error } = await as().ask('resources/read', { uri });
      expect([status, error?.code, error?.data]).toEqual([200, -32602, { uri }]);
    }
  });

  it('are recorded once each when they are read', async () => {
    const ask = (method: string, params: object, id: string) =>
      as().ask(method, { ...params }, { headers: { 'x-request-id': id } });
    await ask('resources/read', { uri: 'test://static-text' }, 'source-1');
    await ask('resources/read', { uri: 'test://secret-guess' }, 'source-2');
    await ask('prompts/get', { name: 'test_simple_prompt' }, 'source-3');
    await eventually(async () => {
      expect(await recordsOf('source-')).toMatchObject([
        { event: 'mcp.resources/read', tool: 'test://static-text', decision: 'granted', sub: 'ada', tenant: 'acme' },
        { event: 'mcp.resources/read', tool: null, decision: 'failed', reason: 'resource_not_found' },
        { event: 'mcp.prompts/get', tool: 'test_simple_prompt', decision: 'granted' },
      ]);
    });
  });

  it.each<[string, object]>([
    ['resources/read', {}],
    ['resources/read', { uri: 7 }],
    ['resources/list', { cursor: 'x' }],
    ['resources/templates/list', { cursor: 'x' }],
    ['prompts/list', { cursor: 'x' }],
    ['prompts/get', {}],
    ['prompts/get', { name: 'no-such' }],
    ['prompts/get', { name: 'test_prompt_with_arguments' }],
    ['prompts/get', { name: 'test_simple_prompt', arguments: { a: 1 } }],
    ['completion/complete', {}],
    ['completion/complete', { ref: { type: 'ref/prompt', name: 'no-such' }, argument: { name: 'a', value: '' } }],
    ['completion/complete', { ref: { type: 'ref/other', name: 'x' }, argument: { name: 'a', value: '' } }],
  ])('%s refuses %j', async (method, params) => {
    const { status, error } = await as().ask(method, { ...params });
    expect([status, error?.code]).toEqual([200, -32602]);
  });

  it('complete a variable of a template', async () => {
    const ref = { type: 'ref/resource', uri: 'test://template/{id}/data' };
    const { result } = await as().ask('completion/complete', { ref, argument: { name: 'id', value: '12' } });
    expect(result!['completion']).toEqual({ values: ['123', '124'], total: 2, hasMore: false });
  });
});

it('crosses no answers of a thousand pairs of calls with equal ids', async () => {
  const client = as();
  const pair = (number: number, meta: object) =>
    ['left', 'right'].map(async (side) => {
      const word = `${side} ${number}`;
      const args = { word, ms: number % 7, steps: 'progressToken' in meta ? 2 : 0 };
      const { id, before, result } = await client.call('echo', args, { id: number, meta: { ...meta } });
      const heard = before.map(({ params }) => params!['message'] as string);
      const expected = [number, word, ...Array<string>(args.steps).fill(word)];
      return [id, result!['content'][0].text, ...heard].join() === expected.join();
    });
  for (const meta of [{}, { progressToken: 1 }]) {
    for (let start = 0; start < 1_000; start += 250) {
      const calls = Array.from({ length: 250 }, (_, index) => pair(start + index, meta)).flat();
      expect((await Promise.all(calls)).filter((own) => !own)).toEqual([]);
    }
  }
});

it('asks who is there, with a challenge that names where to learn more', async () => {
  const { status, headers } = await new ModernClient(`${gateway.url}/mcp`).open('tools/list', {});
  expect([status, headers.get('www-authenticate')]).toEqual([
    401,
    `Bearer resource_metadata="${gateway.url}/.well-known/oauth-protected-resource/mcp"`,
  ]);
  const metadata = await fetch(`${gateway.url}/.well-known/oauth-protected-resource/mcp`);
  expect(await metadata.json()).toMatchObject({
    resource: `${gateway.url}/mcp`,
    authorization_servers: [provider.issuer],
  });
});

it('counts requests by method, era and outcome', async () => {
  await as().ask('tools/list');
  await as().ask('surprise/me');
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
  expect(metrics).toMatch(/achilles_mcp_requests_total\{method="tools\/list",era="modern",outcome="answered"\} \d/);
  expect(metrics).toMatch(/achilles_mcp_requests_total\{method="other",era="modern",outcome="refused"\} \d/);
  expect(metrics).not.toContain('surprise');
});

it('serves the official client', async () => {
  const { Client, StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client');
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
  const authorization = `Bearer ${forge(provider)}`;
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${gateway.url}/mcp`), { requestInit: { headers: { authorization } } }),
  );
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toContain('echo');
  const answer = await client.callTool({ name: 'echo', arguments: { word: 'hello' } });
  expect(answer.content).toEqual([{ type: 'text', text: 'hello' }]);
  const { contents } = await client.readResource({ uri: 'test://static-text' });
  expect(contents).toHaveLength(1);
  await client.close();
});
