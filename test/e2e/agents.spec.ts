import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import type { Page } from '#core/page.js';
import type { SessionOut } from '#core/sessions/sessions.js';
import type { EventOut } from '#core/signals/event.js';
import { Gateway } from '../support/boot-gateway.js';
import { processed } from '../support/builders.js';
import { eventually } from '../support/embedded-stage.js';
import { aTool, sourceOf, text } from '../support/scripted-tools.js';

const engine = aTool('turn_engine', {
  guarded: false,
  call: () => Promise.resolve({ ...text('Error: cog 7 is stuck'), isError: true }),
});

let gateway: Gateway;
beforeAll(async () => {
  gateway = await Gateway.boot({}, { sources: [sourceOf([engine])] });
});
afterAll(() => gateway[Symbol.asyncDispose]());

interface Connected {
  call(name: string, args: Record<string, unknown>): Promise<Record<string, unknown>>;
  read(uri: string): Promise<unknown>;
  resources(): Promise<string[]>;
  close(): Promise<void>;
}

const address = () => new URL(`${gateway.url}/mcp`);
const contents = ({ contents: [first] }: { contents: object[] }) =>
  JSON.parse((first as { text: string }).text) as unknown;

async function modern(headers: Record<string, string> = {}): Promise<Connected> {
  const client = new ModernClient({ name: 'modern-agent', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  await client.connect(new ModernTransport(address(), { requestInit: { headers } }));
  return {
    call: async (name, args) => (await client.callTool({ name, arguments: args })) as Record<string, unknown>,
    read: async (uri) => contents(await client.readResource({ uri })),
    resources: async () => (await client.listResources()).resources.map(({ uri }) => uri),
    close: () => client.close(),
  };
}

async function legacyClient(headers: Record<string, string> = {}): Promise<LegacyClient> {
  const client = new LegacyClient({ name: 'legacy-agent', version: '1' });
  await client.connect(new LegacyTransport(address(), { requestInit: { headers } }));
  return client;
}

async function legacy(headers: Record<string, string> = {}): Promise<Connected> {
  const client = await legacyClient(headers);
  return {
    call: async (name, args) => (await client.callTool({ name, arguments: args })) as Record<string, unknown>,
    read: async (uri) => contents(await client.readResource({ uri })),
    resources: async () => (await client.listResources()).resources.map(({ uri }) => uri),
    close: () => client.close(),
  };
}

/** A session of the tenant that the test is looking for, with this many events. */
const sessionWith = (count: number, isIt: (session: SessionOut) => boolean): Promise<SessionOut> =>
  eventually(async () => {
    const { body } = await gateway.api.get<Page<SessionOut>>('/sessions?limit=200');
    const session = body.items.find(isIt);
    expect(session?.event_count).toBe(count);
    return session!;
  });

describe.each([
  ['2026-07-28', modern, 'modern-agent'],
  ['2025-11-25', legacy, 'legacy-agent'],
] as const)('an agent that speaks MCP %s', (_version, connect, name) => {
  it('reports, is captured, and learns, over its one connection', async () => {
    const key = `work-of-${name}`;
    const agent = await connect({ 'achilles-session': key, 'achilles-workspace': 'engine' });
    const started = await agent.call('start_session', { external_session_key: key, workspace_id: 'engine' });
    const { session } = started['structuredContent'] as { session: SessionOut };
    await agent.call('record_signals', { session_id: session.id, events: [{ event_type: 'milestone' }] });
    for (let i = 0; i < 3; i++) expect(await agent.call('turn_engine', { by: 1 })).toMatchObject({ isError: true });
    await sessionWith(7, ({ id }) => id === session.id);
    const { body } = await gateway.api.get<Page<EventOut>>(`/sessions/${session.id}/events?event_type=tool_call`);
    expect(body.items[0]).toMatchObject({ agent_metadata: { agent_id: name }, metadata_: { via: 'mcp' } });

    await agent.call('complete_session', { session_id: session.id });
    await processed(gateway.api, session.id);
    const { structuredContent } = await agent.call('read_insights', { session_id: session.id });
    expect(structuredContent).toMatchObject({ processed: true });
    const uri = `achilles://sessions/${session.id}`;
    expect(await agent.resources()).toContain(uri);
    expect(await agent.read(`${uri}/insights`)).toEqual((structuredContent as { insights: object[] }).insights);
    expect(JSON.stringify(structuredContent)).toContain('retry-storm');
    await agent.close();
  });

  it('is told what is wrong with its arguments, as a result that a model can read', async () => {
    const agent = await connect();
    const { isError, content } = await agent.call('complete_session', { session_id: 'no-uuid' });
    expect([isError, JSON.stringify(content)]).toEqual([true, expect.stringContaining('session_id')]);
    await expect(agent.read('achilles://sessions/nothing')).rejects.toMatchObject({ code: expect.any(Number) });
    await agent.close();
  });
});

it('calls of an MCP session that names nothing are one session', async () => {
  const client = await legacyClient();
  for (let i = 0; i < 2; i++) await client.callTool({ name: 'turn_engine', arguments: {} });
  const session = await sessionWith(4, ({ external_session_key: key }) => key.startsWith('mcp:'));
  expect(session.tags).toEqual(['gateway-captured']);
  await client.close();
});

it('calls over REST are captured in the session that a header names', async () => {
  const path = `${gateway.url}/v1/tools/turn_engine/call`;
  const headers = { 'content-type': 'application/json', 'achilles-session': 'over-rest' };
  const answer = await fetch(path, { method: 'POST', headers, body: '{"arguments":{}}' });
  expect(answer.status).toBe(200);
  await sessionWith(2, ({ external_session_key: key }) => key === 'over-rest');
});

it('a subscriber hears that its session was analysed', async () => {
  const client = await legacyClient();
  const { structuredContent } = await client.callTool({
    name: 'start_session',
    arguments: { external_session_key: 'watched' },
  });
  const { id } = (structuredContent as { session: SessionOut }).session;
  const heard: string[] = [];
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => void heard.push(params.uri));
  const uri = `achilles://sessions/${id}/insights`;
  await client.subscribeResource({ uri });
  await client.callTool({ name: 'complete_session', arguments: { session_id: id } });
  await eventually(() => expect(heard).toContain(uri));
  await client.close();
});
