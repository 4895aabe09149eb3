import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Gateway } from '../support/boot-gateway.js';
import { EverythingSource } from '../support/everything.source.js';
import { eventsOf, McpSession, type Message, post } from '../support/legacy-mcp.js';

let gateway: Gateway;
let url: string;
beforeAll(async () => {
  gateway = await Gateway.boot({ AUTH_MODE: 'none' }, { sources: [EverythingSource] });
  url = `${gateway.url}/mcp`;
});
afterAll(() => gateway[Symbol.asyncDispose]());

const OLD = { protocolVersion: '2025-03-26' };
const ping = (id: unknown) => ({ jsonrpc: '2.0', id, method: 'ping' });
const call = (id: unknown, name: string) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name } });
const INITIALIZED = { jsonrpc: '2.0', method: 'notifications/initialized' };

const byId = (messages: readonly Message[]) => [...messages].sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1));

describe.each(['2025-03-26', '2024-11-05'])('a batch in a session of %s', (protocolVersion) => {
  it('is answered as a list: an answer for each request, none for the rest', async () => {
    const session = await McpSession.open(url, { protocolVersion });
    const answer = await session.post([ping(1), INITIALIZED, call('2', 'test_simple_text'), ping(3)]);
    expect(answer.status).toBe(200);
    expect(byId((await answer.json()) as Message[])).toMatchObject([
      { id: 1, result: {} },
      { id: '2', result: { content: [{ type: 'text' }] } },
      { id: 3, result: {} },
    ]);
  });
});

describe('a batch', () => {
  it('becomes a stream, an event for each answer, when a tool has something to say before', async () => {
    const session = await McpSession.open(url, OLD);
    const answer = await session.post([call(1, 'test_tool_with_logging'), ping(2)]);
    const messages: Message[] = [];
    for await (const { data } of eventsOf(answer)) messages.push(JSON.parse(data) as Message);
    expect(messages.filter(({ method }) => method === 'notifications/message')).toHaveLength(3);
    expect(byId(messages.filter(({ id }) => id !== undefined))).toMatchObject([{ id: 1 }, { id: 2, result: {} }]);
  });

  it('of nothing but notifications is accepted without an answer', async () => {
    const session = await McpSession.open(url, OLD);
    const answer = await session.post([INITIALIZED, INITIALIZED]);
    expect([answer.status, await answer.text()]).toEqual([202, '']);
  });

  it('answers for itself what cannot be read', async () => {
    const session = await McpSession.open(url, OLD);
    const answer = await session.post([ping(1), { jsonrpc: '2.0', id: 2 }, 'x', []]);
    const answers = (await answer.json()) as Message[];
    expect(answers.filter(({ error }) => error?.code === -32_600)).toHaveLength(3);
    expect(answers).toContainEqual({ jsonrpc: '2.0', id: 1, result: {} });
  });

  it.each([
    ['nothing', []],
    ['51 messages', Array.from({ length: 51 }, (_, id) => ping(id))],
    ['initialize', [{ jsonrpc: '2.0', id: 1, method: 'initialize', params: OLD }]],
    ['initialize among others', [ping(1), { jsonrpc: '2.0', id: 2, method: 'initialize', params: OLD }]],
  ])('of %s is refused', async (_, batch) => {
    const session = await McpSession.open(url, OLD);
    const answer = await session.post(batch);
    expect([answer.status, await answer.json()]).toMatchObject([400, { id: null, error: { code: -32_600 } }]);
    expect(answer.headers.get('mcp-session-id')).toBeNull();
  });

  it.each(['2025-06-18', '2025-11-25'])('is refused in a session of %s', async (protocolVersion) => {
    const session = await McpSession.open(url, { protocolVersion });
    const answer = await session.post([ping(1)]);
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: { code: -32_600 } }]);
  });

  it('without a session is taken from who names no later revision', async () => {
    expect((await post(url, [ping(1)])).status).toBe(200);
    expect((await post(url, [ping(1)], { 'mcp-protocol-version': '2025-06-18' })).status).toBe(400);
  });
});
