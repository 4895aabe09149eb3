import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import type { InsightOut } from '#core/insights/insights.js';
import type { SessionOut } from '#core/sessions/sessions.js';
import type { EventOut } from '#core/signals/event.js';
import type { EventBatchResponse } from '#core/signals/signals.js';
import { ToolDirectory } from '#gateway/tools/tool-directory.js';
import type { Gateway } from '../support/boot-gateway.js';
import { processed } from '../support/builders.js';
import { ToolClient } from '../support/tool-client.js';

const NOWHERE = '019a0000-0000-7000-8000-000000000000';
let keys = 0;
const aKey = () => `agent-work-${++keys}`;

interface Started {
  readonly session: SessionOut;
  readonly created: boolean;
}

/** The gateway's own tools and resources, whichever Core answers. */
export function builtinToolsContract(gateway: () => Gateway): void {
  const client = () => new ToolClient(gateway());

  /** Checks the answer against the schema that the tool published. */
  async function call<Data>(name: string, args: Record<string, unknown>): Promise<Data> {
    const { structuredContent, content } = await client().result(name, args);
    const { outputSchema } = gateway().app.get(ToolDirectory).find(client().caller, name)!.definition;
    const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
    ajv.validate(outputSchema!, JSON.parse(JSON.stringify(structuredContent)));
    expect(ajv.errors).toBeNull();
    expect((content[0] as { text?: string }).text).not.toBe('');
    return structuredContent as Data;
  }

  describe('tools and resources of the gateway itself', () => {
    it('carry an agent from its start to its insights', async () => {
      const { project_id } = await call<{ project_id: string }>('resolve_project', { workspace_root: '/engine' });
      const key = aKey();
      const { session, created } = await call<Started>('start_session', { external_session_key: key, project_id });
      expect([created, session]).toMatchObject([
        true,
        { external_session_key: key, workspace_id: 'default', user_id: 'anonymous', project_id, status: 'active' },
      ]);
      const same = await call<Started>('start_session', { external_session_key: key });
      expect([same.created, same.session.id]).toEqual([false, session.id]);

      const events = [1, 2, 3].flatMap((call_id) => [
        { event_type: 'tool_call', payload: { tool: 'engine.turn', call_id: `c${call_id}`, arguments: { by: 1 } } },
        {
          event_type: 'tool_result',
          payload: { call_id: `c${call_id}`, is_error: true, output: 'Error: cog is stuck' },
        },
      ]);
      const batch = await call<EventBatchResponse>('record_signals', { external_session_key: key, events });
      expect(batch).toMatchObject({ received: 6, ingested: 6, failed: [] });
      const snapshot = { external_session_key: key, snapshot_type: 'plan', payload: { next: 'oil it' } };
      const taken = await call<{ deduplicated: boolean }>('take_snapshot', snapshot);
      expect(taken.deduplicated).toBe(false);
      expect(await call('take_snapshot', snapshot)).toMatchObject({ deduplicated: true });

      const early = await call<{ processed: boolean }>('read_insights', { session_id: session.id });
      expect(early).toEqual({ session_id: session.id, processed: false, insights: [] });
      const ended = await call<Started>('complete_session', { external_session_key: key });
      expect(ended.session).toMatchObject({ id: session.id, status: 'completed' });
      expect(await call('complete_session', { session_id: session.id })).toMatchObject({
        session: { end_time: ended.session.end_time },
      });
      await processed(gateway().api, session.id);

      const late = await call<{ processed: boolean; insights: InsightOut[] }>('read_insights', {
        external_session_key: key,
      });
      expect(late.processed).toBe(true);
      expect(late.insights.map((insight) => insight.payload['detector'])).toContain('retry-storm');
      const { clusters } = await call<{ clusters: object[] }>('list_error_clusters', { session_id: session.id });
      expect(clusters).toMatchObject([{ occurrence_count: 3 }]);
      const all = await call<{ clusters: object[] }>('list_error_clusters', { project_id });
      expect(all.clusters).toEqual(clusters);

      const uri = `achilles://sessions/${session.id}`;
      expect(await client().read(uri)).toMatchObject({ id: session.id, status: 'completed', event_count: 6 });
      expect(await client().read(`${uri}/insights`)).toEqual(late.insights);
      expect(await client().read(`${uri}/errors`)).toEqual(clusters);
    });

    it('fills in what all events have in common, and keeps their order', async () => {
      const { session } = await call<Started>('start_session', { external_session_key: aKey() });
      const events = [
        { event_type: 'milestone' },
        { event_type: 'milestone' },
        { event_type: 'error', source_type: 'ci' },
      ];
      const answer = await call<EventBatchResponse>('record_signals', { session_id: session.id, events });
      expect(answer).toMatchObject({ ingested: 3, deduped: 0 });
      const { body } = await gateway().api.get<{ items: EventOut[] }>(`/sessions/${session.id}/events`);
      expect(body.items.map(({ event_type, source_type }) => [event_type, source_type])).toEqual([
        ['milestone', 'agent'],
        ['milestone', 'agent'],
        ['error', 'ci'],
      ]);
    });

    it('says of each event what became of it', async () => {
      const { session } = await call<Started>('start_session', { external_session_key: aKey() });
      const events = [
        { event_type: 'milestone' },
        { event_type: 'sorcery' },
        'no event',
        { event_type: 'milestone', session_id: NOWHERE },
        { event_type: 'milestone', event_hash: 'f'.repeat(64) },
      ];
      const answer = await call<EventBatchResponse>('record_signals', { session_id: session.id, events });
      expect(answer.ingested).toBe(1);
      expect(answer.failed.map(({ index, code, field }) => [index, code, field])).toEqual([
        [1, 'not_in_enum', 'event_type'],
        [2, 'wrong_type', undefined],
        [3, 'session_not_found', 'session_id'],
        [4, 'server_managed_field', 'event_hash'],
      ]);
    });

    it.each([
      ['complete_session', { session_id: NOWHERE }, 'session_not_found'],
      ['complete_session', { external_session_key: 'nobody-has-it' }, 'session_not_found'],
      ['take_snapshot', { session_id: NOWHERE, snapshot_type: 'plan', payload: {} }, 'session_not_found'],
      ['read_insights', { session_id: NOWHERE }, 'session_not_found'],
      ['list_error_clusters', { session_id: NOWHERE }, 'session_not_found'],
      ['start_session', { external_session_key: 'k', project_id: NOWHERE }, 'validation_failed'],
      ['resolve_project', { workspace_root: '/nowhere', create_if_missing: false }, 'project_not_found'],
    ])('%s of %j is refused with %s', async (name, args, code) => {
      await expect(client().call(name, args)).rejects.toMatchObject({ code });
    });

    it('refuses to end a session twice, differently', async () => {
      const { session } = await call<Started>('start_session', { external_session_key: aKey() });
      await call('complete_session', { session_id: session.id, status: 'failed' });
      await expect(client().call('complete_session', { session_id: session.id })).rejects.toMatchObject({
        code: 'session_terminal',
        status: 409,
      });
    });

    it.each([
      `achilles://sessions/${NOWHERE}`,
      `achilles://sessions/${NOWHERE}/insights`,
      `achilles://sessions/${NOWHERE}/errors`,
    ])('there is no resource %s', async (uri) => {
      await expect(client().read(uri)).rejects.toMatchObject({ code: 'resource_not_found' });
    });
  });
}
