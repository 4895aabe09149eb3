import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Gateway } from '../support/boot-gateway.js';
import { EverythingSource } from '../support/everything.source.js';
import { eventsOf, McpSession, type Message } from '../support/legacy-mcp.js';

let gateway: Gateway;
let url: string;
beforeAll(async () => {
  gateway = await Gateway.boot({ AUTH_MODE: 'none' }, { sources: [EverythingSource] });
  url = `${gateway.url}/mcp`;
});
afterAll(() => gateway[Symbol.asyncDispose]());

const ABLE = { capabilities: { elicitation: {}, sampling: {}, roots: {} } };
const ELICIT = { name: 'test_elicitation', arguments: { message: 'Who?' } };

/** Calls a tool, answers what it asks, and returns its result. */
async function callWith(
  session: McpSession,
  params: Readonly<Record<string, unknown>>,
  answer: (asked: Message) => object,
): Promise<{ asked: Message[]; result: Message['result'] }> {
  const asked: Message[] = [];
  let result: Message['result'];
  for await (const message of session.exchange('tools/call', params)) {
    if (message.method === undefined) result = message.result;
    else if (message.id !== undefined) {
      asked.push(message);
      const sent = await session.post({ jsonrpc: '2.0', id: message.id, ...answer(message) });
      expect(sent.status).toBe(202);
    }
  }
  return { asked, result };
}

const textOf = (result: Message['result']) => (result!['content'] as { text: string }[])[0]!.text;

describe('a tool that needs its client', () => {
  it.each([
    ['accept', { action: 'accept', content: { username: 'ada', email: 'ada@example.org' } }],
    ['decline', { action: 'decline' }],
    ['cancel', { action: 'cancel' }],
  ])('hears that the user chose to %s', async (_, result) => {
    const session = await McpSession.open(url, ABLE);
    const { asked, result: answer } = await callWith(session, ELICIT, () => ({ result }));
    expect(asked).toMatchObject([{ method: 'elicitation/create', params: { message: 'Who?' } }]);
    expect(textOf(answer)).toContain(JSON.stringify(result));
  });

  it('gets a sample of the client’s model', async () => {
    const session = await McpSession.open(url, ABLE);
    const sample = { role: 'assistant', model: 'm', content: { type: 'text', text: 'four' } };
    const params = { name: 'test_sampling', arguments: { prompt: '2+2' } };
    const { asked, result } = await callWith(session, params, () => ({ result: sample }));
    expect(asked.map(({ method }) => method)).toEqual(['sampling/createMessage']);
    expect(textOf(result)).toBe('LLM response: four');
  });

  it('asks in several rounds, and keeps its state to itself', async () => {
    const session = await McpSession.open(url, ABLE);
    const params = { name: 'test_input_required_result_multi_round', arguments: {} };
    const { asked, result } = await callWith(session, params, () => ({
      result: { action: 'accept', content: { name: 'Ada', color: 'red' } },
    }));
    expect(asked.length).toBeGreaterThan(1);
    expect(new Set(asked.map(({ id }) => id)).size).toBe(asked.length);
    expect(JSON.stringify(asked)).not.toContain('requestState');
    expect(result).not.toHaveProperty('isError', true);
  });

  it('fails with the client’s own words when the client answers with an error', async () => {
    const session = await McpSession.open(url, ABLE);
    const { result } = await callWith(session, ELICIT, () => ({ error: { code: -1, message: 'The user said no' } }));
    expect(result).toMatchObject({ isError: true });
    expect(textOf(result)).toContain('The user said no');
  });

  it.each([
    ['nothing', {}, 'elicitation'],
    ['addresses only', { elicitation: { url: {} } }, 'elicitation.form'],
    ['what is no object', { elicitation: true }, 'elicitation'],
  ])('says so to a client that declares %s', async (_, capabilities, missing) => {
    const session = await McpSession.open(url, { capabilities });
    const { asked, result } = await callWith(session, ELICIT, () => ({ result: {} }));
    expect(asked).toEqual([]);
    expect(result).toMatchObject({ isError: true });
    expect(textOf(result)).toMatch(missing);
  });
});

describe('an answer', () => {
  const waiting = async (session: McpSession) => {
    const response = await session.post({ jsonrpc: '2.0', id: 9, method: 'tools/call', params: ELICIT });
    const events = eventsOf(response);
    const { value } = (await events.next()) as { value: { data: string } };
    return { asked: JSON.parse(value.data) as Message, events };
  };

  it('counts in the session that was asked only', async () => {
    const [victim, thief] = [await McpSession.open(url, ABLE), await McpSession.open(url, ABLE)];
    const { asked, events } = await waiting(victim);
    const forged = { action: 'accept', content: { username: 'thief' } };
    expect((await thief.post({ jsonrpc: '2.0', id: asked.id, result: forged })).status).toBe(202);
    await victim.post({ jsonrpc: '2.0', id: asked.id, result: { action: 'decline' } });
    const { value } = (await events.next()) as { value: { data: string } };
    expect(value.data).toContain('decline');
    expect(value.data).not.toContain('thief');
  });

  it.each([['x'], [1], ['a.b'], ['AAAAAAAAAAAAAAAA.x'], ['.'], ['x'.repeat(10_000)]])(
    'to what nobody asked (%s) is dropped',
    async (id) => {
      const session = await McpSession.open(url, ABLE);
      expect((await session.post({ jsonrpc: '2.0', id, result: {} })).status).toBe(202);
    },
  );

  it('is not waited for any more when the call is taken back', async () => {
    const session = await McpSession.open(url, ABLE);
    const { asked, events } = await waiting(session);
    await session.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 9 } });
    const { value } = (await events.next()) as { value: { data: string } };
    expect(JSON.parse(value.data)).toMatchObject({
      method: 'notifications/cancelled',
      params: { requestId: asked.id },
    });
    // The stream ends, and says nothing more.
    expect((await events.next()).done).toBe(true);
  });

  it('is not waited for any more when the session ends', async () => {
    const session = await McpSession.open(url, ABLE);
    const { events } = await waiting(session);
    expect((await session.end()).status).toBe(204);
    const rest: string[] = [];
    for await (const { data } of events) rest.push(data);
    expect(rest.some((data) => data.includes('"result"'))).toBe(false);
  });
});
