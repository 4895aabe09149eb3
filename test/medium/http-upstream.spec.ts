import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { HttpConnection } from '#gateway/upstreams/kinds/http/http-connection.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import { withRequest } from '#observability/request-context.js';
import { eventually } from '../support/embedded-stage.js';
import { callOf, Connections, KeptChannel, requestOf, textIn } from '../support/upstream-call.js';
import { SdkUpstream, type UpstreamEra } from '../support/upstream-servers/sdk-upstream.js';

const soon = () => AbortSignal.timeout(30_000);
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';

let upstream: SdkUpstream;
let connections: Connections;
let connection: HttpConnection;

async function open(era: UpstreamEra, entry: object = {}): Promise<void> {
  upstream = await SdkUpstream.start(era);
  connections = new Connections();
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
    expect(asked).toMatchObject({ resultType: 'input_required', requestState: expect.any(String) });
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
