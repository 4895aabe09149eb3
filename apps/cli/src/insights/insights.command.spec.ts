import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SessionOut } from '#core/sessions/sessions.js';
import { FakeGateway, problem } from '../../test/fake-gateway.js';
import { testTerminal } from '../../test/test-terminal.js';
import { AchillesClient } from '../client/achilles-client.js';
import { insightsCommand, type InsightsOptions } from './insights.command.js';

const ID = '0198a1de-0000-7000-8000-000000000001';
const CAUSE = '0198a1de-0000-7000-8000-00000000000a';
const EFFECT = '0198a1de-0000-7000-8000-00000000000b';
const NOW = '2026-03-02T09:00:00.000Z';

const session: SessionOut = {
  id: ID,
  external_session_key: 'swe-agent:x:0123456789abcdef',
  user_id: 'ada',
  workspace_id: 'imports',
  project_id: null,
  start_time: NOW,
  end_time: '2026-03-02T09:10:00.000Z',
  status: 'completed',
  event_count: 37,
  agent_activity_score: 0.974,
  human_activity_score: 0,
  error_density: 13.514,
  milestone_breakdown: { submitted: 1 },
  tags: [],
  config_snapshot: null,
  requires_processing: false,
  last_processed_at: NOW,
  created_at: NOW,
  updated_at: NOW,
};
const insight = { id: ID, session_id: ID, agent_id: null, category: 'loop', payload: {}, created_at: NOW };
const event = { client_timestamp: NOW, payload: {}, raw_message: null, file_path: null, project_root: '/repo' };

describe('achilles insights', () => {
  let gateway: FakeGateway;

  beforeEach(async () => {
    gateway = await FakeGateway.start();
    gateway.answers = new Map<string, unknown>([
      [`GET /sessions/${ID}`, session],
      ['POST /sessions/resolve', { session_id: ID, found: true }],
      [
        'GET /signals/insights',
        [
          { ...insight, severity: 'low', title: 'Slow', message: 'It took long.' },
          {
            ...insight,
            severity: 'critical',
            title: 'Break/fix\u001B[31m loop',
            message: `In /a/${'very'.repeat(40)}.py. ${'word '.repeat(60)}`,
          },
        ],
      ],
      [
        `GET /sessions/${ID}/errors`,
        [
          {
            normalized_error: 'SyntaxError at <path>',
            error_type: 'SyntaxError',
            occurrence_count: 3,
            first_seen_at: NOW,
          },
        ],
      ],
      [
        `GET /sessions/${ID}/correlations`,
        [{ cause_event_id: CAUSE, effect_event_id: EFFECT, confidence: 0.85, time_delta_ms: 1_500, file_match: true }],
      ],
      [`GET /sessions/${ID}/agent-performance`, []],
      [
        `GET /sessions/${ID}/events`,
        {
          items: [
            { ...event, id: CAUSE, event_type: 'file_edit', file_path: '/repo/a.py' },
            { ...event, id: EFFECT, event_type: 'tool_result', payload: { output: 'SyntaxError:\n  line 3' } },
          ],
          next_cursor: null,
        },
      ],
    ]);
  });
  afterEach(() => gateway[Symbol.asyncDispose]());

  async function run(reference: string, options: Partial<InsightsOptions> = {}, columns?: number) {
    const terminal = testTerminal();
    const stdout = { ...terminal.stdout, columns };
    const client = new AchillesClient({ url: gateway.url, version: '1' });
    const code = await insightsCommand(
      client,
      reference,
      { waitSeconds: 0, json: false, ...options },
      { ...terminal, stdout },
    );
    return { code, out: terminal.out(), err: terminal.err() };
  }

  it.each([undefined, 40, 80, 97, 120, 300])('prints tables that fit %s columns', async (columns) => {
    const { code, out, err } = await run(ID, {}, columns);
    expect([code, err]).toEqual([0, '']);
    const width = Math.min(Math.max(columns ?? 100, 80), 120);
    const lines = out.split('\n');
    expect(lines.filter((line) => /^[┌├└│]/.test(line)).every((line) => line.length === width)).toBe(true);
    expect(out).not.toContain('\u001B');
    expect(out).toContain('Events     37, 13.5 errors per 100\n');
    expect(out).toContain('Milestones submitted × 1\n');
    expect(out).toMatch(/critical │ Break\/fix loop[\s\S]*low +│ Slow/);
    expect(out.replace(/[│\s]/g, '')).toContain('very'.repeat(40)); // broken up, not cut off
    expect(out).toContain('│ a.py ');
    expect(out).toContain('Agents: none');
  });

  it('finds a session by its external key', async () => {
    expect((await run('swe-agent:x:0123456789abcdef')).code).toBe(0);
    expect(gateway.calls.slice(0, 2)).toEqual(['POST /sessions/resolve', `GET /sessions/${ID}`]);
  });

  it('takes a UUID that is no id for a key', async () => {
    gateway.interfere = (call) => (call.endsWith(EFFECT) ? problem(404, 'session_not_found', 'None.') : undefined);
    expect((await run(EFFECT)).code).toBe(0);
  });

  it('says in one line that there is no such session', async () => {
    gateway.answers.set('POST /sessions/resolve', { session_id: null, found: false });
    await expect(run('x', { workspace: 'w' })).rejects.toThrow(
      'No session with the id or external key x in workspace w.',
    );
  });

  it('prints one JSON object', async () => {
    const { out } = await run(ID, { json: true });
    const { insights, ...rest } = JSON.parse(out) as Record<string, unknown[]>;
    expect(Object.keys(rest)).toEqual(['session', 'clusters', 'correlations', 'agent_performance']);
    expect(insights).toHaveLength(2);
    expect(gateway.calls).not.toContain(`GET /sessions/${ID}/events`);
  });

  it('waits for processing, and asks for the findings afterwards', async () => {
    let asked = 0;
    gateway.answers.set(`GET /sessions/${ID}`, () => ({ ...session, requires_processing: ++asked < 3 }));
    const { err } = await run(ID, { waitSeconds: 5 });
    expect([asked, err]).toEqual([3, '']);
    expect(gateway.calls.indexOf('GET /signals/insights')).toBeGreaterThan(2);
  });

  it('says that processing is not finished when the time is up', async () => {
    gateway.answers.set(`GET /sessions/${ID}`, { ...session, requires_processing: true });
    const { code, err } = await run(ID);
    expect([code, err]).toEqual([0, expect.stringContaining('Not everything is processed yet')]);
  });

  it('says that a session is processed when it ends', async () => {
    gateway.answers.set(`GET /sessions/${ID}`, {
      ...session,
      status: 'active',
      end_time: null,
      last_processed_at: null,
    });
    expect((await run(ID)).err).toContain('The session is active');
  });
});
