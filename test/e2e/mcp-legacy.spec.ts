import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Gateway } from '../support/boot-gateway.js';
import { EverythingSource } from '../support/everything.source.js';
import { McpSession, post } from '../support/legacy-mcp.js';

let gateway: Gateway;
let url: string;
beforeAll(async () => {
  gateway = await Gateway.boot({ AUTH_MODE: 'none' }, { sources: [EverythingSource] });
  url = `${gateway.url}/mcp`;
});
afterAll(() => gateway[Symbol.asyncDispose]());

const PING = { jsonrpc: '2.0', id: 1, method: 'ping' };

describe('initialize', () => {
  it.each([
    ['2025-11-25', '2025-11-25'],
    ['2025-06-18', '2025-06-18'],
    ['2025-03-26', '2025-03-26'],
    ['2024-11-05', '2024-11-05'],
    ['2099-01-01', '2025-11-25'],
    ['2026-07-28', '2025-11-25'],
    [undefined, '2025-11-25'],
    [{ toString: 'x' }, '2025-11-25'],
  ])('asked for %j settles on %s', async (asked, settled) => {
    const session = await McpSession.open(url, { protocolVersion: asked });
    expect(session.initialized).toMatchObject({
      protocolVersion: settled,
      serverInfo: { name: 'achilles-gateway' },
      capabilities: {
        tools: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        prompts: { listChanged: true },
        completions: {},
        logging: {},
      },
    });
    expect(session.id).toMatch(/^[\x21-\x7e]{100,400}$/);
  });

  it('stays short whatever the client says about itself', async () => {
    const long = 'x'.repeat(5_000);
    const session = await McpSession.open(url, {
      clientInfo: { name: long, version: long },
      capabilities: { elicitation: {}, sampling: { tools: {} }, roots: {}, experimental: { long } },
    });
    expect(session.id.length).toBeLessThan(450);
    expect(await session.call('ping')).toEqual({});
  });
});

describe('a session', () => {
  it('lists and calls tools', async () => {
    const session = await McpSession.open(url);
    const { tools } = (await session.call('tools/list')) as { tools: { name: string }[] };
    expect(tools.map(({ name }) => name)).toContain('test_simple_text');
    expect(await session.call('tools/call', { name: 'test_simple_text' })).toEqual({
      content: [{ type: 'text', text: 'This is a simple text response for testing.' }],
    });
  });

  it('takes notifications and answers with 202', async () => {
    const session = await McpSession.open(url);
    const answer = await session.post({ jsonrpc: '2.0', method: 'notifications/initialized' });
    expect(answer.status).toBe(202);
    expect(await answer.text()).toBe('');
  });

  it('answers an unknown method with an error in a 200', async () => {
    const session = await McpSession.open(url);
    const answer = await session.post({ jsonrpc: '2.0', id: 'a', method: 'no/such' });
    expect([answer.status, await answer.json()]).toMatchObject([200, { id: 'a', error: { code: -32_601 } }]);
  });

  it('hears only what is as grave as its log level', async () => {
    const session = await McpSession.open(url);
    const messages = async () => {
      const events = await session.events('tools/call', { name: 'test_tool_with_logging' });
      return events.filter(({ method }) => method === 'notifications/message').length;
    };
    expect(await messages()).toBe(3);
    expect(await session.call('logging/setLevel', { level: 'error' })).toEqual({});
    expect(await messages()).toBe(0);
    expect(await session.call('logging/setLevel', { level: 'debug' })).toEqual({});
    expect(await messages()).toBe(3);
  });

  it.each([['loud'], [undefined], [3], ['constructor']])('refuses the log level %j', async (level) => {
    const session = await McpSession.open(url);
    await expect(session.call('logging/setLevel', { level })).rejects.toMatchObject({ code: -32_602 });
  });

  it('hears of progress before the answer, on the answer', async () => {
    const session = await McpSession.open(url);
    const events = await session.events('tools/call', {
      name: 'test_tool_with_progress',
      _meta: { progressToken: 'p' },
    });
    expect(events.map(({ method, params }) => [method, params?.['progress'], params?.['progressToken']])).toEqual([
      ['notifications/progress', 0, 'p'],
      ['notifications/progress', 50, 'p'],
      ['notifications/progress', 100, 'p'],
      [undefined, undefined, undefined],
    ]);
  });
});

describe('without a session', () => {
  it('is served all the same, and cannot be asked anything', async () => {
    const answer = await post(url, {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'test_sampling', arguments: { prompt: 'x' } },
    });
    expect([answer.status, await answer.json()]).toMatchObject([200, { result: { isError: true } }]);
  });

  it.each([
    ['GET', 405],
    ['DELETE', 400],
  ])('answers %s with %d at once', async (method, status) => {
    const answer = await fetch(url, { method, headers: { accept: 'text/event-stream' } });
    expect([answer.status, await answer.json()]).toMatchObject([status, { error: { code: -32_000 } }]);
  });
});

describe('what cannot be served', () => {
  it.each([
    ['a revision that there is not', { 'mcp-protocol-version': '1999-01-01' }, PING, 400, -32_000],
    ['a revision with a blank', { 'mcp-protocol-version': '2025-11-25 x' }, PING, 400, -32_000],
    ['JSON only', { accept: 'application/json' }, PING, 406, -32_000],
    ['a stream only', { accept: 'text/event-stream' }, PING, 406, -32_000],
    ['nothing acceptable', { accept: 'text/html' }, PING, 406, -32_000],
    ['an unknown session', { 'mcp-session-id': 'abc' }, PING, 404, -32_001],
    ['an empty session', { 'mcp-session-id': '' }, PING, 404, -32_001],
    ['no object', {}, 'ping', 400, -32_600],
    ['another JSON-RPC', {}, { ...PING, jsonrpc: '1.0' }, 400, -32_600],
    ['no version', {}, { id: 1, method: 'ping' }, 400, -32_600],
    ['id null', {}, { ...PING, id: null }, 400, -32_600],
    ['a method that is no text', {}, { ...PING, method: 1 }, 400, -32_600],
    ['params that are a list', {}, { ...PING, params: [1] }, 400, -32_600],
    ['Method beside method', {}, { ...PING, Method: 'tools/call' }, 400, -32_600],
  ])('%s', async (_, headers, body, status, code) => {
    const answer = await post(url, body, headers);
    expect([answer.status, await answer.json()]).toMatchObject([status, { jsonrpc: '2.0', error: { code } }]);
  });

  it.each([['*/*'], ['application/*, text/*'], ['application/json;q=0.9, text/event-stream']])(
    'but Accept: %s is enough',
    async (accept) => {
      const answer = await post(url, PING, { accept });
      expect([answer.status, await answer.json()]).toEqual([200, { jsonrpc: '2.0', id: 1, result: {} }]);
    },
  );
});
