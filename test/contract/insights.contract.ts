import { beforeAll, describe, expect, it } from '@jest/globals';
import type { AgentPerformanceSnapshot } from '#core/agent-performance/agent-performance.js';
import type { ErrorCluster, EventCorrelation } from '#core/error-correlations/error-correlations.js';
import type { InsightOut } from '#core/insights/insights.js';
import type { SessionOut } from '#core/sessions/sessions.js';
import type { Api } from '../support/api.js';
import { anEvent, completeSession, openSession } from '../support/builders.js';

/** An agent that edits, breaks the test, edits, breaks it again, and then mends it. */
function breakFixSession(session_id: string) {
  const agent = { session_id, attribution_source: 'agent', agent_metadata: { agent_id: 'ada-bot', model: 'm' } };
  let second = 0;
  const at = () => `2026-03-01T09:00:${String(++second).padStart(2, '0')}Z`;
  const edit = () => {
    const call_id = `edit-${second}`;
    return [
      anEvent({
        ...agent,
        event_type: 'file_edit',
        file_path: 'src/sum.py',
        client_timestamp: at(),
        payload: { tool: 'edit', call_id },
      }),
      anEvent({
        ...agent,
        event_type: 'tool_result',
        client_timestamp: at(),
        payload: { call_id, output: 'File updated.' },
      }),
    ];
  };
  const test = (output: string, exit_code: number) => {
    const call_id = `test-${second}`;
    const command = 'pytest tests/test_sum.py';
    return [
      anEvent({
        ...agent,
        event_type: 'test_run',
        client_timestamp: at(),
        payload: { tool: 'bash', command, call_id },
      }),
      anEvent({ ...agent, event_type: 'tool_result', client_timestamp: at(), payload: { call_id, output, exit_code } }),
    ];
  };
  const traceback = (line: number) =>
    `Traceback (most recent call last):\n  File "src/sum.py", line ${line}, in total\n    return a + b\nTypeError: unsupported operand type(s) for +: 'int' and 'str'\n`;
  return [edit(), test(traceback(3), 1), edit(), test(traceback(7), 1), edit(), test('1 passed in 0.01s', 0)].flat();
}

/** What processing makes of a session, over every route that tells it. */
export function insightsContract(api: () => Api): void {
  describe('insights of a session', () => {
    let session: SessionOut;
    const list = async <Row>(path: string) => (await api().get<Row[]>(path)).body;

    beforeAll(async () => {
      const { id } = await openSession(api(), { workspace_id: 'break-fix' });
      const sent = await api().post('/signals/events/batch', { events: breakFixSession(id) });
      expect(sent.body).toMatchObject({ ingested: 12, failed: [] });
      session = await completeSession(api(), id);
    });

    it('sums the session up', () => {
      expect(session).toMatchObject({
        event_count: 12,
        error_density: 16.67,
        agent_activity_score: 1,
        human_activity_score: 0,
        requires_processing: false,
      });
    });

    it('groups its errors', async () => {
      const clusters = await list<ErrorCluster>(`/sessions/${session.id}/errors`);
      expect(clusters).toHaveLength(1);
      expect(clusters[0]).toMatchObject({ error_type: 'TypeError', occurrence_count: 2, session_id: session.id });
      expect(clusters[0]!.normalized_error).toContain('unsupported operand type(s)');
      expect(await list<ErrorCluster>('/errors/clusters?limit=200')).toContainEqual(clusters[0]);
    });

    it('names their causes', async () => {
      const correlations = await list<EventCorrelation>(`/sessions/${session.id}/correlations`);
      expect(correlations).toHaveLength(2);
      for (const correlation of correlations) {
        expect(correlation.file_match).toBe(true);
        expect(correlation.confidence).toBeGreaterThan(0.7);
        expect(correlation.time_delta_ms).toBeGreaterThan(0);
      }
      expect(await list<EventCorrelation>('/errors/correlations?limit=200')).toEqual(
        expect.arrayContaining(correlations),
      );
    });

    it('measures its agent', async () => {
      const figures = await list<AgentPerformanceSnapshot>(`/sessions/${session.id}/agent-performance`);
      expect(figures).toHaveLength(1);
      expect(figures[0]).toMatchObject({
        agent_id: 'ada-bot',
        total_actions: 6,
        successful_actions: 4,
        induced_error_count: 2,
      });
      expect(await list('/agents/performance?agent_id=ada-bot')).toContainEqual(figures[0]);
      expect(await list('/agents/performance?agent_id=nobody')).toEqual([]);
    });

    it('tells what went wrong, with evidence, by every route', async () => {
      const insights = await list<InsightOut>(`/signals/insights?session_id=${session.id}`);
      expect(insights.map((insight) => insight.payload['detector'])).toContain('break-fix-loop');
      const { body: events } = await api().get<{ items: { id: string }[] }>(`/sessions/${session.id}/events`);
      const ids = new Set(events.items.map((event) => event.id));
      for (const insight of insights) {
        const { evidence, detector, version } = insight.payload as Record<string, unknown>;
        expect([typeof detector, typeof version]).toEqual(['string', 'number']);
        expect((evidence as string[]).length).toBeGreaterThan(0);
        for (const id of evidence as string[]) expect(ids).toContain(id);
      }
      const query = { session_id: session.id, limit: 200 };
      expect((await api().post('/signals/insights', query)).body).toEqual(insights);
      expect(await list(`/insights/recent?session_id=${session.id}`)).toEqual(insights);
      expect(await list(`/signals/insights?session_id=${session.id}&limit=1`)).toEqual(insights.slice(0, 1));
      const later = new Date(Date.now() + 60_000).toISOString();
      expect(await list(`/signals/insights?session_id=${session.id}&since=${later}`)).toEqual([]);
    });

    it.each(['?limit=0', '?limit=201', '?limit=x', ''])('refuses the query "%s"', async (query) => {
      expect((await api().get(`/signals/insights${query}`)).status).toBe(422);
    });
  });
}
