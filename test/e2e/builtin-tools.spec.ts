import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import type { SessionOut } from '#core/sessions/sessions.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import { ToolDirectory } from '#gateway/tools/tool-directory.js';
import { Gateway } from '../support/boot-gateway.js';
import { anEvent, completeSession, openSession } from '../support/builders.js';
import { ToolClient } from '../support/tool-client.js';

const CANARY = 'canary-of-a';
const NOWHERE = { id: '019a0000-0000-7000-8000-000000000000', key: 'nobody-has-it' };

/** Which scope each tool needs: as its REST route. */
const NEEDED: Readonly<Record<string, string>> = {
  resolve_project: 'projects:write',
  start_session: 'sessions:write',
  complete_session: 'sessions:write',
  record_signals: 'signals:write',
  take_snapshot: 'snapshots:write',
  read_insights: 'insights:read',
  list_error_clusters: 'insights:read',
};

let gateway: Gateway;
let a: ToolClient;
let b: ToolClient;
let ofA: SessionOut;
beforeAll(async () => {
  gateway = await Gateway.boot();
  a = new ToolClient(gateway);
  b = a.as({ tenant: 'tenant-b' });
  ofA = await openSession(gateway.api, { external_session_key: CANARY, workspace_id: CANARY });
  const events = [1, 2, 3].map((second) =>
    anEvent({
      session_id: ofA.id,
      event_type: 'test_run',
      attribution_source: 'agent',
      client_timestamp: `2026-03-01T09:00:0${second}Z`,
      payload: { command: `pytest ${CANARY}`, exit_code: 1, output: `ValueError: ${CANARY}` },
    }),
  );
  await gateway.api.post('/signals/events/batch', { events });
  await completeSession(gateway.api, ofA.id);
});
afterAll(() => gateway[Symbol.asyncDispose]());

const builtin = () => gateway.app.get(ToolDirectory).sources.find((source) => source.name === 'builtin')!;

describe('the gateway’s own tools', () => {
  it('are these', () => {
    const names = builtin()
      .tools()
      .map((tool) => tool.definition.name);
    expect(names.sort()).toEqual(Object.keys(NEEDED).sort());
  });

  it.each(Object.entries(NEEDED))('%s is there for who has %s, and for nobody else', (name, scope) => {
    expect(a.as({ scopes: new Set([scope]), tier: 'bronze' }).tools()).toContain(name);
    const others = new Set([...a.caller.scopes].filter((other) => other !== scope));
    expect(a.as({ scopes: others }).tools()).not.toContain(name);
  });

  it('are described so that any client can use them', () => {
    for (const { definition } of builtin().tools()) {
      expect(definition.name).toMatch(/^[A-Za-z0-9_./-]{1,64}$/);
      expect(definition.description.length).toBeGreaterThan(40);
      expect(definition).toMatchObject({
        inputSchema: { type: 'object', additionalProperties: false },
        outputSchema: { type: 'object' },
        annotations: { destructiveHint: false, openWorldHint: false },
      });
      // Model APIs refuse these at the top, and two models of one name meet in a client's validator.
      for (const keyword of ['anyOf', 'oneOf', 'allOf']) expect(definition.inputSchema).not.toHaveProperty(keyword);
      expect(JSON.stringify(definition)).not.toContain('"$id"');
    }
  });

  it.each([
    ['start_session', {}, 'external_session_key', 'required'],
    ['start_session', { external_session_key: 'k', tenant: 'other' }, 'tenant', 'unknown_field'],
    ['complete_session', {}, 'session_id', 'required'],
    ['complete_session', { session_id: NOWHERE.id, status: 'active' }, 'status', 'not_in_enum'],
    ['record_signals', { session_id: NOWHERE.id }, 'events', 'required'],
    ['record_signals', { session_id: NOWHERE.id, events: [] }, 'events', 'out_of_range'],
    ['record_signals', { events: Array.from({ length: 1_001 }, () => ({})) }, 'events', 'out_of_range'],
    ['take_snapshot', { session_id: NOWHERE.id, snapshot_type: 't', payload: 'text' }, 'payload', 'wrong_type'],
    ['read_insights', { session_id: 'x' }, 'session_id', 'wrong_format'],
    ['read_insights', { session_id: NOWHERE.id, limit: 201 }, 'limit', 'out_of_range'],
    ['list_error_clusters', { since: 'monday' }, 'since', 'invalid_timestamp'],
    ['resolve_project', { workspace_root: '' }, 'workspace_root', 'too_short'],
  ])('%s of %j names the argument that is wrong', async (name, args, field, code) => {
    await expect(a.call(name, args as JsonObject)).rejects.toMatchObject({
      status: 422,
      details: { faults: [{ field, code }] },
    });
  });

  it('refuse an end before the start, by field', async () => {
    const { id } = await openSession(gateway.api);
    const args = { session_id: id, end_time: '2026-02-28T00:00:00Z' };
    await expect(a.call('complete_session', args)).rejects.toMatchObject({
      code: 'validation_failed',
      details: { faults: [{ field: 'end_time' }] },
    });
  });

  it('end a session that starts in the future when it starts', async () => {
    const start_time = new Date(Date.now() + 3_600_000).toISOString();
    const { id } = await openSession(gateway.api, { start_time });
    const { session } = await a.call<{ session: SessionOut }>('complete_session', { session_id: id });
    expect(session).toMatchObject({ status: 'completed', end_time: start_time });
  });

  it('count what they record', async () => {
    const { id } = await openSession(gateway.api);
    const fresh = async () => {
      const { values } = await gateway.app.get(Registry).getSingleMetric('achilles_signals_events_total')!.get();
      return values.find(({ labels }) => labels['outcome'] === 'new')!.value;
    };
    const before = await fresh();
    await a.call('record_signals', { session_id: id, events: [{ event_type: 'milestone' }] });
    expect(await fresh()).toBe(before + 1);
  });
});

/** How each tool is asked for what belongs to A; what it answers B. */
const WALKS: Readonly<Record<string, { args(target: typeof NOWHERE): JsonObject; other: string }>> = {
  resolve_project: {
    args: ({ key }) => ({ workspace_root: `/${key}`, workspace_id: key, create_if_missing: false }),
    other: 'project_not_found',
  },
  start_session: { args: ({ id }) => ({ external_session_key: 'k', project_id: id }), other: 'validation_failed' },
  complete_session: { args: ({ key }) => ({ external_session_key: key }), other: 'session_not_found' },
  record_signals: { args: ({ id }) => ({ session_id: id, events: [{ event_type: 'milestone' }] }), other: 'ok' },
  take_snapshot: {
    args: ({ id }) => ({ session_id: id, snapshot_type: 't', payload: {} }),
    other: 'session_not_found',
  },
  read_insights: { args: ({ key }) => ({ external_session_key: key }), other: 'session_not_found' },
  list_error_clusters: { args: ({ id }) => ({ session_id: id }), other: 'session_not_found' },
};

describe('what is of A is to B as if it were not there', () => {
  /** The answer or the error, with what was asked for taken out. */
  const ask = async (client: ToolClient, name: string, target: typeof NOWHERE) => {
    const said = await client.result(name, WALKS[name]!.args(target)).then(
      (result) => ({ code: 'ok', ...result }),
      (error: { code: string; message: string; details: object }) => ({ ...error, message: error.message }),
    );
    const whole = JSON.stringify(said);
    return { code: said.code, text: whole.replaceAll(target.id, 'asked').replaceAll(target.key, 'asked') };
  };

  it.each(Object.keys(NEEDED))('%s', async (name) => {
    const target = { id: ofA.id, key: CANARY };
    const other = await ask(b, name, target);
    expect(other).toEqual(await ask(b, name, NOWHERE));
    expect(other.code).toBe(WALKS[name]!.other);
    expect(other.text).not.toContain(CANARY);
    expect((await gateway.api.get(`/sessions/${ofA.id}`)).body).toMatchObject({ status: 'completed', event_count: 3 });
  });

  it('in listings too', async () => {
    expect(await a.call('list_error_clusters')).toMatchObject({ clusters: [{ occurrence_count: 3 }] });
    expect(await b.call('list_error_clusters')).toEqual({ clusters: [] });
    const { items } = await b.resources.list(b.request, undefined);
    expect(JSON.stringify(items)).not.toContain(ofA.id);
    expect(JSON.stringify(await b.read('achilles://sessions'))).not.toContain(ofA.id);
    const completion = { of: 'achilles://sessions/{id}', argument: 'id', value: '', context: {} };
    expect(await b.resources.complete!(b.request, completion)).not.toContain(ofA.id);
  });

  it.each(['', '/insights', '/errors'])('as a resource%s', async (part) => {
    const uri = `achilles://sessions/${ofA.id}${part}`;
    await expect(a.read(uri)).resolves.toBeDefined();
    await expect(b.read(uri)).rejects.toMatchObject({ code: 'resource_not_found' });
  });
});
