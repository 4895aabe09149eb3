import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { NO_CREDENTIAL, type Credential, type Credentials } from '#gateway/upstreams/credentials/credentials.js';
import type { HttpConnection } from '#gateway/upstreams/kinds/http/http-connection.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import { withRequest } from '#observability/request-context.js';
import { eventually } from '../support/embedded-stage.js';
import { callerNamed, callOf, Connections, KeptChannel, requestOf, textIn } from '../support/upstream-call.js';
import { SdkUpstream, type UpstreamEra } from '../support/upstream-servers/sdk-upstream.js';

type Shown = Pick<Credentials, 'of' | 'refused'>;

const soon = () => AbortSignal.timeout(30_000);
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';

let upstream: SdkUpstream;
let connections: Connections;
let connection: HttpConnection;

async function open(era: UpstreamEra, entry: object = {}, credentials?: Shown): Promise<void> {
  upstream = await SdkUpstream.start(era);
  connections = new Connections(credentials);
  connection = connections.to(upstream.url, entry);
}
const close = async () => {
  await connections[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
};

describe.each([
  ['dual', 'modern', '2026-07-28'],
  ['modern', 'modern', '2026-07-28'],
  ['legacy', 'legacy', '2025-11-25'],
  ['stateless', 'legacy', '2025-11-25'],
] as const)('an upstream that is %s', (kind, era, version) => {
  beforeAll(() => open(kind));
  afterAll(close);

  it('says what it is', async () => {
    const described = await connection.describe(undefined, soon());
    expect(described).toMatchObject({ era, version, instructions: 'A server for tests.' });
    expect(described.serverInfo).toEqual({ name: 'fixture-upstream', version: '1.2.3' });
    expect(described.capabilities).toMatchObject({ tools: { listChanged: true }, completions: {} });
    expect(connection.status()).toMatchObject({ era });
  });

  it('lists and reads what it has', async () => {
    const { tools } = await connection.request(requestOf('tools/list', {}, { caller: undefined }));
    expect((tools as { name: string }[]).map(({ name }) => name)).toContain('test_simple_text');
    const read = await connection.request(requestOf('resources/read', { uri: 'test://static-text' }));
    expect(read).toMatchObject({ contents: [{ text: 'This is the content of the static text resource.' }] });
    const prompt = { name: 'test_prompt_with_arguments', arguments: { arg1: 'a', arg2: 'ü' } };
    expect(JSON.stringify(await connection.request(requestOf('prompts/get', prompt)))).toContain("arg2='ü'");
    const ref = { type: 'ref/prompt', name: 'test_prompt_with_arguments' };
    const completed = await connection.request(
      requestOf('completion/complete', { ref, argument: { name: 'arg1', value: 'par' } }),
    );
    expect(completed).toMatchObject({ completion: { values: ['paris', 'park', 'party'] } });
  });

  it('carries calls, many at once', async () => {
    const texts = await Promise.all(
      Array.from({ length: 100 }, async (_, i) => textIn(await connection.request(callOf('echo', { i })))),
    );
    expect(texts).toEqual(texts.map((_, i) => JSON.stringify({ i })));
  });

  it('passes on what no library knows', async () => {
    const result = await connection.request(callOf('test_multiple_content_types'));
    expect((result['content'] as { type: string }[]).map(({ type }) => type)).toEqual(['text', 'image', 'resource']);
  });

  it('tells of progress and logs, to those who want it', async () => {
    const channel = new KeptChannel();
    await connection.request(callOf('test_tool_with_progress', {}, { channel }));
    expect(channel.told).toEqual([0, 50, 100].map((progress) => ({ progress, total: 100 })));
    const listening = new KeptChannel();
    listening.logLevel = 'info';
    await connection.request(callOf('test_tool_with_logging', {}, { channel: listening }));
    expect(listening.told).toContainEqual({ level: 'info', data: 'Tool processing data' });
  });

  it('is told apart: what one call hears, no other does', async () => {
    const channels = [new KeptChannel(), new KeptChannel(), new KeptChannel()];
    const calls = channels.map((channel) => connection.request(callOf('test_tool_with_progress', {}, { channel })));
    await Promise.all([...calls, connection.request(callOf('test_tool_with_progress'))]);
    for (const { told } of channels) expect(told).toHaveLength(3);
  });

  it('says what is wrong in its own words', async () => {
    await expect(connection.request(callOf('nothing_of_the_kind'))).rejects.toMatchObject({
      code: 'upstream_rpc_error',
      message: 'other: Tool nothing_of_the_kind not found',
      details: { members: { rpc_code: -32_602 } },
    });
    await expect(connection.request(requestOf('resources/read', { uri: 'test://none' }))).rejects.toMatchObject({
      details: { members: { data: '{"uri":"test://none"}' } },
    });
    await expect(connection.request(requestOf('no/such', {}))).rejects.toMatchObject({
      details: { members: { rpc_code: -32_601 } },
    });
  });

  it('answers an error of a tool as a result', async () => {
    expect(await connection.request(callOf('test_error_handling'))).toMatchObject({ isError: true });
  });

  it('hears within a moment that nobody waits any more', async () => {
    const leaving = new AbortController();
    const asked = connection.request(callOf('sleep', {}, { signal: leaving.signal }));
    const failing = expect(asked).rejects.toThrow('left');
    await eventually(() => expect(upstream.offer.calls.at(-1)?.tool).toBe('sleep'));
    leaving.abort(new Error('left'));
    await failing;
    // A server without sessions learns of nothing but its connection.
    if (kind === 'stateless') await eventually(() => expect(upstream.hungUp).toBeGreaterThan(0));
    else await eventually(() => expect(upstream.offer.stopped).toBe(1));
  });

  it('is there', async () => {
    await connection.ping(soon());
  });

  it('is asked what it speaks once', () => {
    const asked = upstream.methods.filter((method) => method === 'server/discover');
    expect(asked.length).toBeLessThanOrEqual(kind === 'dual' || kind === 'modern' ? 2 : 1);
  });

  it('has not been shown who calls', () => {
    expect(JSON.stringify(upstream.seen)).not.toMatch(/ann|acme|issuer\.example|authorization|x-forwarded|cookie/);
  });
});

describe('2026-07-28', () => {
  beforeEach(() => open('modern'));
  afterEach(close);
  const last = () => upstream.seen.at(-1)!;
  const lastBody = () => JSON.parse(last().body) as { params: JsonObject & { _meta: JsonObject } };

  it('says again in headers what stands in the body', async () => {
    const { tools } = await connection.request(requestOf('tools/list', {}, { caller: undefined }));
    const definition = (tools as { name: string }[]).find(({ name }) => name === 'places') as never;
    await connection.request(callOf('places', { region: 'Zürich ', at: { level: 3 }, urgent: false }, { definition }));
    expect(last().headers).toMatchObject({
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'places',
      'mcp-param-region': '=?base64?WsO8cmljaCA=?=',
      'mcp-param-level': '3',
      'mcp-param-urgent': 'false',
    });
    await connection.request(callOf('places', { region: null }, { definition }));
    expect(Object.keys(last().headers).filter((name) => name.startsWith('mcp-param'))).toEqual([]);
    await connection.request(requestOf('resources/read', { uri: 'test://static-text' }));
    expect(last().headers['mcp-name']).toBe('test://static-text');
  });

  it('says for itself what each request needs', async () => {
    const channel = new KeptChannel();
    channel.capabilities = { elicitation: { form: {} } };
    channel.logLevel = 'warning';
    await new Promise<void>((resolve, reject) => {
      const parent = {
        traceId: TRACE_ID,
        spanId: '1'.repeat(16),
        sampled: true,
        header: `00-${TRACE_ID}-${'1'.repeat(16)}-01`,
      };
      const context = { requestId: 'r-1', traceId: TRACE_ID, parent, traceState: 'a=b', startedAt: 0 };
      withRequest(
        context,
        () => void connection.request(callOf('echo', {}, { channel })).then(() => resolve(), reject),
      );
    });
    const { _meta: meta } = lastBody().params;
    expect(meta).toMatchObject({
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } },
      'io.modelcontextprotocol/clientInfo': { name: 'achilles-gateway' },
      'io.modelcontextprotocol/logLevel': 'warning',
      traceparent: last().headers['traceparent'],
      tracestate: 'a=b',
    });
    expect(Number.isSafeInteger(meta['progressToken'])).toBe(true);
    await connection.request(callOf('echo'));
    expect(Object.keys(lastBody().params._meta)).toHaveLength(3);
  });

  it('goes on in another round with what the client answered', async () => {
    const channel = new KeptChannel();
    channel.capabilities = { elicitation: {} };
    const name = 'test_input_required_result_request_state';
    const asked = await connection.request(callOf(name, {}, { channel }));
    expect(asked).toMatchObject({ resultType: 'input_required', requestState: 'asked to confirm' });
    channel.requestState = String(asked['requestState']);
    channel.inputResponses = { confirm: { action: 'accept', content: { ok: true } } };
    expect(textIn(await connection.request(callOf(name, {}, { channel })))).toBe('state-ok');
  });

  it('says what a client must be able to do', async () => {
    await expect(connection.request(callOf('test_input_required_result_sampling'))).rejects.toMatchObject({
      details: { members: { rpc_code: -32_021, data: '{"requiredCapabilities":{"sampling":{}}}' } },
    });
  });

  it('tells the list to be read again when the headers no longer fit', async () => {
    const heard: unknown[] = [];
    const stop = connection.listen((news) => heard.push(news));
    upstream.before = ({ body }, response) => {
      if (!body.includes('tools/call')) return false;
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32_020, message: 'Mcp-Param-Region is missing' } }),
      );
      return true;
    };
    const definition = { name: 'places', description: '', inputSchema: {} };
    await expect(connection.request(callOf('places', {}, { definition }))).rejects.toMatchObject({
      code: 'upstream_definition_stale',
    });
    expect(heard).toEqual([{ kind: 'tools' }]);
    stop();
  });
});

describe('the revisions with a handshake', () => {
  beforeEach(() => open('legacy'));
  afterEach(close);

  it('declare all that a client may be able to do', async () => {
    await connection.describe(undefined, soon());
    const opened = upstream.seen.find(({ body }) => body.includes('"initialize"'))!;
    expect((JSON.parse(opened.body) as { params: unknown }).params).toMatchObject({
      protocolVersion: '2025-11-25',
      capabilities: { roots: {}, sampling: {}, elicitation: { form: {}, url: {} } },
      clientInfo: { name: 'achilles-gateway' },
    });
    expect(upstream.methods).toContain('notifications/initialized');
  });

  it.each([
    [
      'test_elicitation',
      { message: 'Who?' },
      'elicitation/create',
      { action: 'accept', content: { username: 'Ann' } },
      'Ann',
    ],
    [
      'test_sampling',
      { prompt: 'Hi' },
      'sampling/createMessage',
      { role: 'assistant', model: 'm', content: { type: 'text', text: 'Ho' } },
      'Ho',
    ],
    ['test_input_required_result_list_roots', {}, 'roots/list', { roots: [{ uri: 'file:///a' }] }, 'file:///a'],
  ])('%s asks the client', async (tool, args, method, answer, said) => {
    const asked: string[] = [];
    const ask = async (request: { readonly method: string }) => {
      asked.push(request.method);
      return answer as JsonObject;
    };
    expect(textIn(await connection.request(callOf(tool, args, { ask })))).toContain(said);
    expect(asked).toEqual([method]);
  });

  it('are told when the client refuses, and when there is none', async () => {
    const ask = () => Promise.reject(Object.assign(new Error('not now'), { code: -32_042 }));
    const refused = await connection
      .request(callOf('test_elicitation', { message: 'Who?' }, { ask }))
      .catch((error: unknown) => error);
    expect(JSON.stringify([(refused as Error).message, refused])).toContain('not now');
    const alone = await connection
      .request(callOf('test_elicitation', { message: 'Who?' }))
      .catch((error: unknown) => error);
    expect(JSON.stringify([(alone as Error).message, alone])).toContain('Nobody can be asked');
  });

  it('take a stream up again that ends before its answer, and repeat nothing', async () => {
    expect(textIn(await connection.request(callOf('break_off')))).toBe('after the break');
    expect(upstream.methods.filter((method) => method === 'GET')).toHaveLength(1);
    expect(upstream.offer.calls).toHaveLength(1);
  });

  it('answer while every connection for calls is taken', async () => {
    await close();
    await open('legacy', { connections: 1 });
    const ask = async (): Promise<JsonObject> => ({ action: 'accept', content: { username: 'Ann' } });
    expect(textIn(await connection.request(callOf('test_elicitation', { message: 'Who?' }, { ask })))).toContain('Ann');
  });
});

describe('what is shown to the upstream', () => {
  let current: Credential;
  let refused: Credential[];
  const rotating: Shown = {
    of: () => current,
    refused: (_spec, _caller, credential) => {
      refused.push(credential);
      current = { ...NO_CREDENTIAL, key: 'second', headers: { authorization: 'Bearer second-secret' } };
      return true;
    },
  };
  beforeEach(async () => {
    refused = [];
    current = {
      ...NO_CREDENTIAL,
      key: 'first',
      headers: { Authorization: 'Bearer first-secret', Host: 'evil.example', 'Mcp-Name': 'no' },
      query: { token: 'a secret&more' },
    };
    await open(
      'dual',
      { headers: { 'X-Team': 'a', authorization: 'Bearer of-the-file', Connection: 'close' } },
      rotating,
    );
  });
  afterEach(close);

  it('is the credential, over what the file says, and the protocol over both', async () => {
    await connection.request(callOf('echo'));
    const { url, headers } = upstream.seen.at(-1)!;
    expect(url).toBe('/mcp?token=a+secret%26more');
    expect(headers).toMatchObject({
      authorization: 'Bearer first-secret',
      'x-team': 'a',
      'mcp-name': 'echo',
      connection: 'keep-alive',
    });
    expect(headers.host).toBe(`127.0.0.1:${upstream.port}`);
  });

  it('is another one when it is refused, once', async () => {
    upstream.before = ({ headers }, response) => {
      if (headers.authorization === 'Bearer second-secret') return false;
      response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
      return true;
    };
    expect(textIn(await connection.request(callOf('echo', { a: 1 })))).toBe('{"a":1}');
    expect(refused.map(({ key }) => key)).toEqual(['first']);
    upstream.before = (_request, response) => (response.writeHead(401).end(), true);
    await expect(connection.request(callOf('echo'))).rejects.toMatchObject({ code: 'upstream_response' });
    expect(refused).toHaveLength(2);
    // It is there, if only to refuse.
    await connection.ping(soon());
  });

  it('is in nothing that the upstream says back', async () => {
    upstream.before = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const message = 'no such token: first-secret, nor a secret&more';
      response.end(
        JSON.stringify({
          jsonrpc: '2.0',
          id: null,
          error: { code: -32_020, message, data: { seen: 'Bearer first-secret' } },
        }),
      );
      return true;
    };
    const error = (await connection.request(callOf('echo')).catch((failed: unknown) => failed)) as Error;
    expect(error.message).toContain('***');
    expect(JSON.stringify([error.message, error])).not.toMatch(/first-secret|secret&more/);
  });
});

describe('what an upstream speaks', () => {
  const answering = (status: number, body: object | string) => {
    upstream.before = ({ body: asked }, response) => {
      if (!asked.includes('server/discover')) return false;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof body === 'string' ? body : JSON.stringify({ jsonrpc: '2.0', id: null, error: body }));
      return true;
    };
  };
  beforeEach(() => open('legacy'));
  afterEach(close);

  it.each([
    [400, { code: -32_000, message: 'Bad Request: Server not initialized' }],
    [400, 'Invalid request'],
    [404, '<html>'],
    [404, { code: -32_601, message: 'Method not found' }],
    [405, ''],
    [406, { code: -32_000, message: 'Not Acceptable' }],
    [415, ''],
    [422, '{"detail":"unprocessable"}'],
    [400, { code: -32_022, message: 'unsupported', data: { supported: ['2025-11-25'] } }],
    [200, { code: -32_601, message: 'Method not found' }],
    [200, { code: -32_602, message: 'Received request before initialization was complete' }],
  ])('is an older revision: %d %j', async (status, body) => {
    answering(status, body);
    expect((await connection.describe(undefined, soon())).era).toBe('legacy');
  });

  it.each([
    [401, ''],
    [403, { code: -32_000, message: 'no' }],
    [408, ''],
    [429, ''],
    [500, { code: -32_000, message: 'no' }],
    [502, ''],
    [503, ''],
    [307, ''],
  ])('is not known: %d %j', async (status, body) => {
    answering(status, body);
    await expect(connection.describe(undefined, soon())).rejects.toMatchObject({ code: 'upstream_response' });
    await expect(connection.request(callOf('echo'))).rejects.toMatchObject({ code: 'upstream_response' });
    expect(upstream.methods).not.toContain('initialize');
    upstream.before = () => false;
    expect((await connection.describe(undefined, soon())).era).toBe('legacy');
  });

  it('is not known where nobody answers in time', async () => {
    upstream.before = ({ body }) => body.includes('server/discover');
    await expect(connection.request(callOf('echo', {}, { signal: AbortSignal.timeout(200) }))).rejects.toThrow(
      /timeout/i,
    );
    expect(connection.status()).not.toHaveProperty('era');
  });

  it('is asked once for all who want to know', async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        connection.request(callOf('echo', {}, { caller: callerNamed(`caller ${i % 4}`) })),
      ),
    );
    expect(upstream.methods.filter((method) => method === 'server/discover')).toHaveLength(1);
    expect(upstream.methods.filter((method) => method === 'initialize')).toHaveLength(4);
  });

  it('is not asked where it is written', async () => {
    const pinned = connections.to(upstream.url, { era: 'legacy' });
    expect(textIn(await pinned.request(callOf('echo')))).toBe('{}');
    expect(upstream.methods).not.toContain('server/discover');
    const wrong = connections.to(upstream.url, { era: 'modern' });
    await expect(wrong.request(callOf('echo'))).rejects.toMatchObject({ code: 'upstream_rpc_error' });
    await expect(wrong.describe(undefined, soon())).rejects.toMatchObject({ code: 'upstream_rpc_error' });
  });

  it('may change: a newer one is replaced by an older one, and the other way round', async () => {
    await close();
    await open('modern');
    const { port } = upstream;
    await connection.request(callOf('echo'));
    await upstream[Symbol.asyncDispose]();
    upstream = await SdkUpstream.start('legacy', { port });
    // The first one may find a connection that has gone with the old server.
    await eventually(async () => expect(textIn(await connection.request(callOf('echo', { a: 1 })))).toBe('{"a":1}'));
    expect(upstream.offer.calls).toHaveLength(1);
    await upstream[Symbol.asyncDispose]();
    upstream = await SdkUpstream.start('modern', { port });
    await eventually(async () => expect(textIn(await connection.request(callOf('echo', { a: 2 })))).toBe('{"a":2}'));
  });
});

describe('an upstream that came over the admin API', () => {
  const to = async (allowed?: string) => {
    upstream = await SdkUpstream.start('modern');
    connections = new Connections(
      undefined,
      undefined,
      allowed === undefined ? {} : { UPSTREAM_ALLOWED_HOSTS: allowed },
    );
    connection = connections.to(upstream.url, { origin: 'admin' });
  };
  afterEach(close);

  it.each([undefined, '10.0.0.0/8', 'localhost'])(
    'is not called in the network behind the gateway, with %s allowed',
    async (allowed) => {
      await to(allowed);
      const refused = { code: 'upstream_address_refused' };
      await expect(connection.request(callOf('echo'))).rejects.toMatchObject(refused);
      await expect(connection.describe(undefined, soon())).rejects.toMatchObject(refused);
      await expect(connection.ping(soon())).rejects.toMatchObject(refused);
      expect(upstream.seen).toEqual([]);
    },
  );

  it.each(['127.0.0.1', '127.0.0.0/8'])('is called where %s is allowed', async (allowed) => {
    await to(allowed);
    expect(textIn(await connection.request(callOf('echo', { a: 1 })))).toBe('{"a":1}');
  });

  it('is not followed to where it leads', async () => {
    await to('127.0.0.1');
    await connection.describe(undefined, soon());
    upstream.before = (_request, response) => (response.writeHead(307, { location: upstream.url }).end(), true);
    const before = upstream.seen.length;
    await expect(connection.request(callOf('echo'))).rejects.toMatchObject({
      message: 'other answered with status 307.',
    });
    expect(upstream.seen).toHaveLength(before + 1);
  });
});
