import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Gateway } from '../support/boot-gateway.js';
import { aTool, sourceOf, text } from '../support/scripted-tools.js';

let executed = 0;
const COUNTING = aTool('count', {
  call: () => {
    executed++;
    return Promise.resolve(text('counted'));
  },
});

let gateway: Gateway;
beforeAll(async () => {
  gateway = await Gateway.boot({ MAX_BODY_BYTES: 100_000 }, { sources: [sourceOf([COUNTING])] });
});
afterAll(() => gateway[Symbol.asyncDispose]());
beforeEach(() => {
  executed = 0;
});

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};
const PARAMS = { name: 'count', arguments: {}, _meta: META };
const CALL = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: PARAMS };
const HEADERS = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': 'tools/call',
  'mcp-name': 'count',
};

const json = JSON.stringify;
const meta = json(META);

async function send(body: string, headers: Record<string, string> = HEADERS, path = '/mcp') {
  const response = await fetch(gateway.url + path, { method: 'POST', headers, body, redirect: 'manual' });
  const said = await response.text();
  return { status: response.status, said, headers: response.headers };
}

/** Status, code and id: what a client goes by. */
async function refusal(body: string, headers?: Record<string, string>) {
  const { status, said } = await send(body, headers);
  const { id, error } = JSON.parse(said) as { id: unknown; error?: { code: number } };
  return [status, error?.code, id];
}

it.each(['/mcp', '/mcp/'])('carries out an honest call at %s', async (path) => {
  const { status, said } = await send(json(CALL), HEADERS, path);
  expect([status, JSON.parse(said), executed]).toEqual([
    200,
    {
      jsonrpc: '2.0',
      id: 1,
      result: {
        content: [{ type: 'text', text: 'counted' }],
        resultType: 'complete',
        _meta: { 'io.modelcontextprotocol/serverInfo': expect.objectContaining({ name: 'achilles-gateway' }) },
      },
    },
    1,
  ]);
});

describe('never carries out, and says why', () => {
  const call = (members: string) => `{"jsonrpc":"2.0","id":1,"method":"tools/call",${members}}`;
  const honest = `"params":{"name":"count","_meta":${meta}}`;

  it.each<[string, string, number, number, unknown]>([
    ['a batch of one', json([CALL]), 400, -32600, null],
    ['a batch of two', json([CALL, { ...CALL, id: 2 }]), 400, -32600, null],
    ['a batch with a call of either era', json([{ jsonrpc: '2.0', id: 7, method: 'ping' }, CALL]), 400, -32600, null],
    ['two methods', call(`"method":"tools/list",${honest}`), 400, -32600, null],
    ['two ids', call(`"id":2,${honest}`), 400, -32600, null],
    ['two params', call(`"params":{},${honest}`), 400, -32600, null],
    ['two names', call(`"params":{"name":"other","name":"count","_meta":${meta}}`), 400, -32600, null],
    [
      'an escaped second name',
      call(`"params":{"name":"other","n\\u0061me":"count","_meta":${meta}}`),
      400,
      -32600,
      null,
    ],
    ['Method beside method', call(`"Method":"tools/list",${honest}`), 400, -32600, 1],
    ['PARAMS beside params', call(`"PARAMS":{"name":"other"},${honest}`), 400, -32600, 1],
    ['ID beside id', call(`"ID":5,${honest}`), 400, -32600, 1],
    ['JsonRpc beside jsonrpc', call(`"JsonRpc":"1.0",${honest}`), 400, -32600, 1],
    ['paramſ, which folds to params', call(`"param\\u017f":{},${honest}`), 400, -32600, 1],
    ['a full-width id', call(`"\\uff49\\uff44":5,${honest}`), 400, -32600, 1],
    ['method with a space', call(`"method ":"tools/list",${honest}`), 400, -32600, 1],
    ['__proto__ in the message', call(`"__proto__":{"method":"x"},${honest}`), 400, -32600, 1],
    ['__proto__ in params', call(`"params":{"name":"count","__proto__":{},"_meta":${meta}}`), 400, -32600, 1],
    ['another version of JSON-RPC', json({ ...CALL, jsonrpc: '1.0' }), 400, -32600, 1],
    ['no version of JSON-RPC', json({ ...CALL, jsonrpc: undefined }), 400, -32600, 1],
    ['a version that is a number', json({ ...CALL, jsonrpc: 2.0 }), 400, -32600, 1],
    ['id null', json({ ...CALL, id: null }), 400, -32600, null],
    ['a fraction as id', json({ ...CALL, id: 1.5 }), 400, -32600, null],
    ['an id that JSON.parse rounds', json(CALL).replace('"id":1', '"id":9007199254740993'), 400, -32600, null],
    ['an infinite id', json(CALL).replace('"id":1', '"id":1e999'), 400, -32600, null],
    ['a list as id', json({ ...CALL, id: [1] }), 400, -32600, null],
    ['an object as id', json({ ...CALL, id: {} }), 400, -32600, null],
    ['true as id', json({ ...CALL, id: true }), 400, -32600, null],
    ['a method that is a list', json({ ...CALL, method: ['tools/call'] }), 400, -32600, 1],
    ['an empty method', json({ ...CALL, method: '' }), 400, -32600, 1],
    ['no method', json({ ...CALL, method: undefined }), 400, -32600, 1],
    ['params that are a list', json({ ...CALL, params: [PARAMS] }), 400, -32600, 1],
    ['params that are null', json({ ...CALL, params: null }), 400, -32600, 1],
    ['params that are a text', json({ ...CALL, params: 'count' }), 400, -32600, 1],
    ['a request with a result', json({ ...CALL, result: {} }), 400, -32600, 1],
    ['a request with an error', json({ ...CALL, error: {} }), 400, -32600, 1],
    ['a response', json({ jsonrpc: '2.0', id: 1, result: {} }), 400, -32600, 1],
    ['a text', '"tools/call"', 400, -32600, null],
    ['a number', '1', 400, -32600, null],
    ['null', 'null', 400, -32700, null],
    ['nothing', '', 400, -32700, null],
    ['no JSON', '{"jsonrpc":', 400, -32700, null],
    ['two messages', `${json(CALL)}${json(CALL)}`, 400, -32700, null],
    ['a comment', `/* */${json(CALL)}`, 400, -32700, null],
    ['a body that is too deep', `${'['.repeat(40)}${']'.repeat(40)}`, 400, -32600, null],
    ['a body that is too large', json({ ...CALL, filler: 'x'.repeat(200_000) }), 413, -32600, null],
    ['no _meta', json({ ...CALL, params: { name: 'count' } }), 400, -32602, 1],
    ['a _meta that is a list', json({ ...CALL, params: { name: 'count', _meta: [] } }), 400, -32602, 1],
    ['arguments that are a list', json({ ...CALL, params: { ...PARAMS, arguments: [] } }), 200, -32602, 1],
    ['arguments that are null', json({ ...CALL, params: { ...PARAMS, arguments: null } }), 200, -32602, 1],
  ])('%s', async (_what, body, status, code, id) => {
    expect(await refusal(body)).toEqual([status, code, id]);
    expect(executed).toBe(0);
  });

  it.each<[string, Record<string, string>, number]>([
    ['text/plain', { 'content-type': 'text/plain' }, 415],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['compressed bodies', { 'content-encoding': 'gzip' }, 415],
  ])('%s', async (_what, headers, status) => {
    expect(await refusal(json(CALL), { ...HEADERS, ...headers })).toEqual([status, -32000, null]);
    expect(executed).toBe(0);
  });

  it.each<[string, Record<string, string | undefined>]>([
    ['no version', { 'mcp-protocol-version': undefined }],
    ['an older version', { 'mcp-protocol-version': '2025-11-25' }],
    ['a later version', { 'mcp-protocol-version': '2027-01-01' }],
    ['no method', { 'mcp-method': undefined }],
    ['another method', { 'mcp-method': 'tools/list' }],
    ['the method in capitals', { 'mcp-method': 'TOOLS/CALL' }],
    ['two methods', { 'mcp-method': 'tools/call, tools/list' }],
    ['no name', { 'mcp-name': undefined }],
    ['another name', { 'mcp-name': 'harmless' }],
    ['the name in capitals', { 'mcp-name': 'COUNT' }],
    ['a broken encoding', { 'mcp-name': '=?base64?Y291bnQ?=' }],
    ['an encoding with other signs', { 'mcp-name': '=?base64?Y29!1bnQ=?=' }],
    ['an encoding in other words', { 'mcp-name': '=?BASE64?Y291bnQ=?=' }],
    ['another name, encoded', { 'mcp-name': '=?base64?b3RoZXI=?=' }],
  ])('headers that name %s', async (_what, headers) => {
    const sent = Object.entries({ ...HEADERS, ...headers }).filter((entry): entry is [string, string] => !!entry[1]);
    expect(await refusal(json(CALL), Object.fromEntries(sent))).toEqual([400, -32020, 1]);
    expect(executed).toBe(0);
  });
});

it.each([
  ['encoded', '=?base64?Y291bnQ=?='],
  ['between blanks', '  count  '],
])('takes a name that is %s', async (_what, name) => {
  expect((await send(json(CALL), { ...HEADERS, 'mcp-name': name })).status).toBe(200);
  expect(executed).toBe(1);
});

it('takes a notification, and does nothing', async () => {
  const { status, said } = await send(json({ ...CALL, id: undefined }));
  expect([status, said, executed]).toEqual([202, '', 0]);
});

it.each(['GET', 'DELETE'])('answers %s of this revision with 405', async (method) => {
  const response = await fetch(`${gateway.url}/mcp`, { method, headers: { 'mcp-protocol-version': '2026-07-28' } });
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
});

describe('a page in a browser', () => {
  it.each<[string, string | undefined, string | undefined, number]>([
    ['of a name that somebody had resolved to this machine', 'evil.example', 'http://evil.example', 403],
    ['of another origin', undefined, 'http://evil.example', 403],
    ['of no origin', undefined, 'null', 403],
    ['of another port of this machine', undefined, 'http://localhost:1', 403],
    ['of this gateway', 'localhost:8080', 'http://localhost:8080', 200],
  ])('%s', async (_what, host, origin, status) => {
    const { request } = await import('node:http');
    const answered = await new Promise<number>((resolve, reject) => {
      const headers = { ...HEADERS, ...(host && { host }), ...(origin && { origin }) };
      const sent = request(`${gateway.url}/mcp`, { method: 'POST', headers }, (response) => {
        response.resume();
        resolve(response.statusCode!);
      });
      sent.on('error', reject).end(json(CALL));
    });
    expect([answered, executed]).toEqual([status, status === 200 ? 1 : 0]);
  });
});
