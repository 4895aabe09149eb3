import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { AuthStage } from '../support/auth-stage.js';
import { EverythingSource } from '../support/everything.source.js';
import { eventsOf, type Message, post } from '../support/legacy-mcp.js';

let stage: AuthStage;
let headers: Readonly<Record<string, string>>;
beforeAll(async () => {
  stage = await AuthStage.open({}, { sources: [EverythingSource] });
  headers = { authorization: `Bearer ${await stage.provider.token()}` };
});
afterAll(() => stage[Symbol.asyncDispose]());

const sse = () => new URL('/mcp/sse', stage.gateway.url);
const PING = { jsonrpc: '2.0', id: 1, method: 'ping' };

async function open() {
  const leave = new AbortController();
  const response = await fetch(sse(), { headers: { ...headers, accept: 'text/event-stream' }, signal: leave.signal });
  const events = eventsOf(response);
  const first = (await events.next()).value as { event: string; data: string };
  return { leave, events, first, messages: new URL(first.data, stage.gateway.url).href };
}

describe('HTTP+SSE', () => {
  it('serves the official client', async () => {
    const client = new Client({ name: 'old', version: '1' }, { capabilities: { elicitation: {} } });
    client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: { username: 'ada' } }));
    const transport = new SSEClientTransport(sse(), {
      requestInit: { headers },
      eventSourceInit: {
        fetch: (input, init) =>
          fetch(input as URL, { ...init, headers: { ...init?.headers, ...headers } } as RequestInit),
      },
    });
    await client.connect(transport);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain('test_simple_text');
    const result = await client.callTool({ name: 'test_elicitation', arguments: { message: 'Who?' } });
    expect(JSON.stringify(result.content)).toContain('ada');
    await client.close();
  });

  it('says first where to send messages, and answers them on the stream alone', async () => {
    const { leave, events, first, messages } = await open();
    expect(first).toEqual({
      event: 'endpoint',
      data: expect.stringMatching(/^\/mcp\/messages\?sessionId=[\w-]{60,400}$/),
    });
    const accepted = await post(messages, PING, headers);
    expect([accepted.status, await accepted.text()]).toEqual([202, 'Accepted']);
    const { value } = (await events.next()) as { value: { event: string; data: string } };
    expect(value.event).toBe('message');
    expect(JSON.parse(value.data) as Message).toEqual({ jsonrpc: '2.0', id: 1, result: {} });
    leave.abort();
  });

  it('knows nobody whose stream has ended', async () => {
    const { leave, messages } = await open();
    leave.abort();
    for (;;) {
      const { status } = await post(messages, PING, headers);
      if (status === 404) break;
      expect(status).toBe(202);
    }
  });

  it('keeps one caller’s session from another', async () => {
    const { leave, messages } = await open();
    const other = { authorization: `Bearer ${await stage.provider.token({ tenant: 'globex' })}` };
    expect((await post(messages, PING, other)).status).toBe(404);
    expect((await post(messages, PING)).status).toBe(401);
    expect(
      (await post(`${stage.gateway.url}/mcp`, PING, { ...headers, 'mcp-session-id': messages.split('=')[1]! })).status,
    ).toBe(404);
    leave.abort();
  });

  it.each([
    ['', 400, -32_000],
    ['?sessionId=', 404, -32_001],
    ['?sessionId=x', 404, -32_001],
    ['?sessionId=a&sessionId=b', 400, -32_000],
    [`?sessionId=${'A'.repeat(2_000)}`, 404, -32_001],
  ])('refuses messages for %s', async (query, status, code) => {
    const answer = await post(`${stage.gateway.url}/mcp/messages${query}`, PING, headers);
    expect([answer.status, await answer.json()]).toMatchObject([status, { error: { code } }]);
  });

  it('refuses what is no message', async () => {
    const { leave, messages } = await open();
    const answer = await post(messages, { jsonrpc: '2.0' }, headers);
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: { code: -32_600 } }]);
    leave.abort();
  });
});
