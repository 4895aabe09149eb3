import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Registry } from 'prom-client';
import type { Page } from '#core/page.js';
import type { SessionOut } from '#core/sessions/sessions.js';
import type { EventOut } from '#core/signals/event.js';
import { type JsonObject, type Tool, type ToolCall, type ToolResult } from '#gateway/tools/tool.js';
import { ToolSource } from '#gateway/tools/tool-source.js';
import { BackendUnavailable } from '#gateway/tools/tools.errors.js';
import { Gateway } from '../support/boot-gateway.js';
import { openSession, processed } from '../support/builders.js';
import { eventually } from '../support/embedded-stage.js';
import { FakeCore } from '../support/fake-core.js';
import { ToolClient } from '../support/tool-client.js';

const text = (words: string, isError = false): ToolResult => ({ content: [{ type: 'text', text: words }], isError });

/** Answers as its argument says. */
class Engine implements Partial<Tool> {
  readonly definition = { name: 'turn_engine', description: 'Turns.', inputSchema: { type: 'object' } };
  readonly upstream = 'engine';
  readonly tier = 'bronze';
  readonly scopes = [];
  readonly timeoutMs = 10_000;
  readonly idempotent = false;
  readonly cacheSeconds = 0;
  readonly revision = '1';
  readonly maxResultBytes = 100_000;
  readonly guarded = false;

  check(given: JsonObject): JsonObject {
    return given;
  }

  async call({ arguments: { way, words } }: ToolCall): Promise<ToolResult> {
    if (way === 'throws') throw new BackendUnavailable('engine');
    if (way === 'breaks') throw new Error('a secret of ours');
    return text(typeof words === 'string' ? words : 'turned', way === 'fails');
  }
}

@Injectable()
class EngineSource extends ToolSource {
  readonly name = 'engine';
  private readonly offered = [new Engine() as Tool];

  tools() {
    return this.offered;
  }
}

let stack: AsyncDisposableStack;
let gateway: Gateway;
let agent: ToolClient;
beforeAll(async () => {
  stack = new AsyncDisposableStack();
  gateway = stack.use(await Gateway.boot({}, { sources: [EngineSource] }));
  agent = new ToolClient(gateway).with({ client: { name: 'ada-agent', version: '1.2.3' } });
});
afterAll(() => stack.disposeAsync());

let keys = 0;
const aKey = () => `captured-${++keys}`;

const sessionOf = async (key: string, of = gateway): Promise<SessionOut> => {
  const { body } = await of.api.post<{ session_id: string | null }>('/sessions/resolve', { external_session_key: key });
  expect(body.session_id).not.toBeNull();
  return (await of.api.get<SessionOut>(`/sessions/${body.session_id}`)).body;
};

/** The events of a session as soon as there are this many. */
const eventsOf = (key: string, count: number, of = gateway): Promise<EventOut[]> =>
  eventually(async () => {
    const { id } = await sessionOf(key, of);
    const { body } = await of.api.get<Page<EventOut>>(`/sessions/${id}/events?limit=1000`);
    expect(body.items).toHaveLength(count);
    return [...body.items];
  });

const figure = async (outcome: string, of = gateway): Promise<number> => {
  const { values } = await of.app.get(Registry).getSingleMetric('achilles_capture_events_total')!.get();
  return values.find(({ labels }) => labels['outcome'] === outcome)!.value;
};

const turn = async (client: ToolClient, args: JsonObject = {}) => {
  await client.result('turn_engine', args).catch(() => undefined);
};

describe('a tool call becomes signals', () => {
  it('of the call and of its result, without secrets', async () => {
    const key = aKey();
    const args = { words: 'password=c4nary ok', api_key: 'c4nary', nested: { note: 'Bearer c4naryc4nary' }, top_k: 3 };
    await turn(agent.with({ session: { key } }), args);
    const [call, result] = await eventsOf(key, 2);
    expect(call).toMatchObject({
      event_type: 'tool_call',
      source_type: 'gateway',
      attribution_source: 'agent',
      agent_metadata: { agent_id: 'ada-agent', client_version: '1.2.3' },
      payload: { tool: 'turn_engine', upstream: 'engine', arguments: { api_key: '[redacted]', top_k: 3 } },
    });
    expect(result).toMatchObject({
      event_type: 'tool_result',
      payload: { tool: 'turn_engine', status: 'success', is_error: false, call_id: call!.payload!['call_id'] },
    });
    expect(typeof result!.payload!['duration_ms']).toBe('number');
    expect(JSON.stringify([call, result])).not.toContain('c4nary');
  });

  it.each([
    ['fails', 'tool_result', { status: 'error', is_error: true, output: 'turned' }],
    ['throws', 'error', { status: 'error', error: { name: 'BackendUnavailableError' } }],
    ['breaks', 'error', { error: { name: 'InternalError', message: 'Something went wrong on our side.' } }],
  ])('of a call that %s', async (way, event_type, payload) => {
    const key = aKey();
    await turn(agent.with({ session: { key } }), { way });
    const [, outcome] = await eventsOf(key, 2);
    expect(outcome).toMatchObject({ event_type, payload });
    expect(JSON.stringify(outcome)).not.toContain('a secret of ours');
  });

  it('of a tool that is not there', async () => {
    const key = aKey();
    await expect(agent.with({ session: { key } }).call('no_such_tool')).rejects.toMatchObject({
      code: 'tool_not_found',
    });
    const [, error] = await eventsOf(key, 2);
    expect(error).toMatchObject({ event_type: 'error', payload: { error: { name: 'ToolNotFound' } } });
  });

  it('of bounded size', async () => {
    const key = aKey();
    await turn(agent.with({ session: { key } }), { words: 'x'.repeat(90_000) });
    for (const event of await eventsOf(key, 2)) expect(JSON.stringify(event).length).toBeLessThan(6_000);
  });

  it('but reporting is none', async () => {
    const key = aKey();
    const client = agent.with({ session: { key } });
    await client.call('start_session', { external_session_key: key });
    await client.call('record_signals', { external_session_key: key, events: [{ event_type: 'milestone' }] });
    await turn(client);
    const types = (await eventsOf(key, 3)).map(({ event_type }) => event_type);
    expect(types.sort()).toEqual(['milestone', 'tool_call', 'tool_result']);
  });

  it('that the analysis understands: an agent that repeats a failing call is told so', async () => {
    const key = aKey();
    const client = agent.with({ session: { key } });
    const words = 'Error: cog 7 is stuck';
    for (let i = 0; i < 4; i++) await turn(client, { way: 'fails', words });
    for (let i = 0; i < 5; i++) await turn(client, { way: 'throws', cog: i });
    await eventsOf(key, 18);
    const { session } = await client.call<{ session: SessionOut }>('complete_session', { external_session_key: key });
    const { agent_activity_score } = await processed(gateway.api, session.id);
    expect(agent_activity_score).toBe(1);
    const { insights } = await client.call<{ insights: { agent_id: string; payload: { detector: string } }[] }>(
      'read_insights',
      { session_id: session.id },
    );
    const found = insights.map(({ agent_id, payload }) => `${payload.detector} of ${agent_id}`);
    expect(found).toEqual(expect.arrayContaining(['retry-storm of ada-agent', 'tool-failure-streak of ada-agent']));
    const { clusters } = await client.call<{ clusters: object[] }>('list_error_clusters', { session_id: session.id });
    expect(clusters).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ occurrence_count: 4 }),
        expect.objectContaining({ occurrence_count: 5, error_type: 'BackendUnavailableError' }),
      ]),
    );
  });
});

describe('the session of a call', () => {
  it('is the one that was named by its id, in whatever workspace', async () => {
    const { id, external_session_key: key } = await openSession(gateway.api, { start_time: new Date().toISOString() });
    await turn(agent.with({ session: { key: id } }));
    expect((await eventsOf(key, 2))[0]!.session_id).toBe(id);
  });

  it('is one of the client’s for this hour, where nothing is said', async () => {
    const client = agent.as({ subject: 'somebody' }).with({ client: { name: 'Quiet Client/7', version: '1' } });
    await turn(client);
    const key = await eventually(async () => {
      const { body } = await gateway.api.get<Page<SessionOut>>('/sessions?workspace_id=default&limit=200');
      const found = body.items.find((session) => session.external_session_key.startsWith('gateway:Quiet-Client/7:'));
      expect(found).toMatchObject({ user_id: 'somebody', tags: ['gateway-captured'], status: 'active' });
      return found!.external_session_key;
    });
    expect(key).toMatch(/^gateway:Quiet-Client\/7:[0-9a-f]{16}:\d{4}-\d\d-\d\dT\d\d$/);
    await eventsOf(key, 2);
  });

  it('is in the workspace of a token that is the caller’s own, and of no other', async () => {
    const handshake = { client_name: 'c', client_version: '1', workspace_id: 'of-the-token', capabilities: {} };
    const { body } = await gateway.api.post<{ mcp_session_token: string }>('/handshake', handshake);
    const token = body.mcp_session_token;
    const [own, others] = [aKey(), aKey()];
    await turn(agent.with({ session: { key: own, token } }));
    await turn(agent.as({ subject: 'somebody-else' }).with({ session: { key: others, token } }));
    await eventsOf(own, 2);
    await eventsOf(others, 2);
    expect((await sessionOf(own)).workspace_id).toBe('of-the-token');
    expect((await sessionOf(others)).workspace_id).toBe('default');
  });

  it('is the hour’s, once the named one has ended', async () => {
    const key = aKey();
    const client = agent.with({ session: { key }, client: { name: 'late-client' } });
    await turn(client);
    await eventsOf(key, 2);
    await client.call('complete_session', { external_session_key: key });
    await turn(client);
    await turn(client);
    await eventually(async () => {
      const { body } = await gateway.api.get<Page<SessionOut>>('/sessions?workspace_id=default&limit=200');
      const hour = body.items.find((session) => session.external_session_key.startsWith('gateway:late-client:'));
      expect(hour?.event_count).toBe(4);
    });
    expect((await sessionOf(key)).event_count).toBe(2);
  });

  it('is not one that the caller may not write into', async () => {
    const { external_session_key: key, id } = await openSession(gateway.api);
    const scopes = new Set([...agent.caller.scopes].filter((scope) => scope !== 'signals:write'));
    const client = agent.as({ scopes }).with({ client: { name: 'reader' } });
    await turn(client.with({ session: { key } }));
    await turn(client.with({ session: { key: id } }));
    await eventually(async () => {
      const { body } = await gateway.api.get<Page<SessionOut>>('/sessions?workspace_id=default&limit=200');
      const hour = body.items.find((session) => session.external_session_key.startsWith('gateway:reader:'));
      expect(hour?.event_count).toBe(4);
    });
    expect((await sessionOf(key)).event_count).toBe(0);
  });

  it('is not another tenant’s', async () => {
    const { id } = await openSession(gateway.api);
    await turn(agent.as({ tenant: 'tenant-b' }).with({ session: { key: id } }));
    await eventually(async () => {
      const rows = await gateway.database!.query(
        "select event_count::int as count from sessions where tenant = 'tenant-b' and external_session_key = $1",
        [id],
      );
      expect(rows).toEqual([{ count: 2 }]);
    });
    expect((await gateway.api.get(`/sessions/${id}`)).body).toMatchObject({ event_count: 0 });
  });

  it('ends by itself when nobody ends it, and is analysed', async () => {
    const key = aKey();
    const client = agent.with({ session: { key } });
    for (let i = 0; i < 3; i++) await turn(client, { way: 'fails', words: 'Error: cog is stuck' });
    await eventsOf(key, 6);
    const { id } = await sessionOf(key);
    const { id: theirs } = await openSession(gateway.api);
    const past = "now() - interval '2 hours'";
    await gateway.database!.query(`update sessions set updated_at = ${past}, start_time = ${past} where id = any($1)`, [
      [id, theirs],
    ]);
    await using replica = await Gateway.boot({ DATABASE_URL: gateway.database!.url });
    await processed(replica.api, id);
    const { insights } = await client.call<{ insights: object[] }>('read_insights', { session_id: id });
    expect(insights).toMatchObject([{ payload: { detector: 'retry-storm' } }]);
    expect((await gateway.api.get(`/sessions/${theirs}`)).body).toMatchObject({ status: 'active' });
  });
});

describe('capture', () => {
  it('writes what is left when the process ends', async () => {
    const last = await Gateway.boot({ DATABASE_URL: gateway.database!.url }, { sources: [EngineSource] });
    const key = aKey();
    await turn(new ToolClient(last).with({ session: { key } }));
    await last[Symbol.asyncDispose]();
    await eventsOf(key, 2);
  });

  it('is left out where the operator says so', async () => {
    const settings = { DATABASE_URL: gateway.database!.url, CAPTURE_TOOL_CALLS: 'false' };
    const silent = await Gateway.boot(settings, { sources: [EngineSource] });
    const key = aKey();
    await turn(new ToolClient(silent).with({ session: { key } }));
    await silent[Symbol.asyncDispose]();
    const { body } = await gateway.api.post('/sessions/resolve', { external_session_key: key });
    expect(body).toEqual({ session_id: null, found: false });
  });

  it('goes to a remote Core too, and waits for one that is away', async () => {
    await using core = await FakeCore.start();
    const settings = { ...core.settings(), HTTP_MAX_RETRIES: 0 };
    await using remote = await Gateway.boot(settings, { sources: [EngineSource] });
    core.failNext({ kind: 'status', status: 500 });
    const key = aKey();
    await turn(new ToolClient(remote).with({ session: { key } }));
    await eventsOf(key, 2, remote);
    expect([await figure('written', remote), await figure('lost', remote)]).toEqual([2, 0]);
  });

  it('lets go of what does not fit, and no call notices', async () => {
    const before = await figure('dropped');
    const client = agent.with({ session: { key: aKey() } });
    const words = 'x'.repeat(1_000_000);
    const results = await Promise.all(Array.from({ length: 60 }, () => client.result('turn_engine', { words })));
    expect(results).toHaveLength(60);
    expect(await figure('dropped')).toBeGreaterThan(before);
  });
});
