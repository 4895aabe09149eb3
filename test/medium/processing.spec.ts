import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventCorrelation } from '#core/error-correlations/error-correlations.js';
import type { Page } from '#core/page.js';
import { SessionProcessor } from '#core/processing/session-processor.js';
import type { SessionOut } from '#core/sessions/sessions.js';
import type { EventOut, MCPEvent } from '#core/signals/event.js';
import { Database } from '#database/database.js';
import { Gateway } from '../support/boot-gateway.js';
import { anEvent, completeSession, openSession, processed } from '../support/builders.js';

const DERIVED = ['error_clusters', 'event_correlations', 'agent_performance_snapshots', 'insights'] as const;

let gateway: Gateway;
let database: Database;
beforeAll(async () => {
  gateway = await Gateway.boot();
  database = Database.open({ connectionString: gateway.database!.url }, 4, () => undefined);
});
afterAll(async () => {
  await database.destroy();
  await gateway[Symbol.asyncDispose]();
});

/** An agent that edits a script and runs it, `runs` times over, of which the first `failures` fail. */
function runsOf(session_id: string, agent_id: string, runs: number, failures: number): MCPEvent[] {
  const agent = { session_id, attribution_source: 'agent', agent_metadata: { agent_id } };
  const at = (step: number) => new Date(Date.UTC(2026, 2, 1, 9, 0, step)).toISOString();
  return Array.from({ length: runs }, (_unused, run) => [
    anEvent({ ...agent, event_type: 'file_edit', file_path: `step_${run}.py`, client_timestamp: at(2 * run) }),
    anEvent({
      ...agent,
      event_type: 'command_run',
      client_timestamp: at(2 * run + 1),
      payload: {
        command: `python step_${run}.py`,
        exit_code: run < failures ? 1 : 0,
        output: run < failures ? `Traceback (most recent call last):\nValueError: bad step ${run}` : 'ok',
      },
    }),
  ]).flat();
}

async function aProcessedSession(
  runs: number,
  failures: number,
  overrides: Record<string, unknown> = {},
  agent = 'bot',
) {
  const { id } = await openSession(gateway.api, overrides);
  await gateway.api.post('/signals/events/batch', { events: runsOf(id, agent, runs, failures) });
  return completeSession(gateway.api, id);
}

const derivedRows = (id: string) =>
  Promise.all(
    DERIVED.map((table) => gateway.database!.query(`select * from ${table} where session_id = $1 order by id`, [id])),
  );

describe('processing', () => {
  it('again gives the same rows, to the id and the time', async () => {
    const { id } = await aProcessedSession(20, 12);
    const first = await derivedRows(id);
    for (const rows of first) expect(rows.length).toBeGreaterThan(0);
    await new SessionProcessor(database).process({ tenant: 'default', session_id: id });
    expect(await derivedRows(id)).toEqual(first);
  });

  it('on two replicas at once gives the same rows', async () => {
    const { id } = await aProcessedSession(20, 12);
    const first = await derivedRows(id);
    await gateway.database!.query('delete from insights where session_id = $1', [id]);
    await gateway.database!.query('delete from event_correlations where session_id = $1', [id]);
    const job = { tenant: 'default', session_id: id };
    const processors = Array.from({ length: 4 }, () => new SessionProcessor(database));
    await Promise.all(processors.map((processor) => processor.process(job)));
    const strip = (tables: object[][]) => tables.map((rows) => rows.map((row) => ({ ...row, created_at: null })));
    expect(strip(await derivedRows(id))).toEqual(strip(first));
  });

  it('drops rows that the events no longer give', async () => {
    const { id } = await aProcessedSession(20, 12);
    const [before] = await derivedRows(id);
    await gateway.database!.query(
      `insert into error_clusters select gen_random_uuid(), tenant, session_id, project_id, 'made up', error_type,
       representative_event_id, 1, first_seen_at, last_seen_at, metadata from error_clusters where session_id = $1`,
      [id],
    );
    await new SessionProcessor(database).process({ tenant: 'default', session_id: id });
    expect((await derivedRows(id))[0]).toEqual(before);
  });

  it('lists correlations as the session went, whatever order its events came in', async () => {
    const { id } = await openSession(gateway.api);
    // One request each, backwards: the ids of the events disagree with their times.
    for (const event of runsOf(id, 'bot', 4, 4).reverse()) await gateway.api.post('/signals/events', event);
    await completeSession(gateway.api, id);
    const { body } = await gateway.api.get<EventCorrelation[]>(`/sessions/${id}/correlations`);
    const { body: events } = await gateway.api.get<Page<EventOut>>(`/sessions/${id}/events?limit=100`);
    const effects = events.items.filter(({ event_type }) => event_type === 'command_run').map((event) => event.id);
    expect(body.map(({ effect_event_id }) => effect_event_id)).toEqual(effects);
  });

  it('never sees another tenant’s session', async () => {
    const { id } = await aProcessedSession(4, 2);
    expect(await new SessionProcessor(database).process({ tenant: 'other', session_id: id })).toEqual([]);
  });

  it('takes up sessions that no job was made for', async () => {
    const { id } = await openSession(gateway.api);
    await gateway.database!.query(
      "update sessions set status = 'completed', end_time = now(), requires_processing = true, updated_at = now() - interval '1 hour' where id = $1",
      [id],
    );
    const replica = await Gateway.boot({ DATABASE_URL: gateway.database!.url });
    await processed(replica.api, id);
    await replica[Symbol.asyncDispose]();
  });
});

describe('an agent is held against its own earlier sessions', () => {
  const flagsOf = async ({ id }: SessionOut) => {
    const { body } = await gateway.api.get<{ regression_flags: string[] }[]>(`/sessions/${id}/agent-performance`);
    return body[0]!.regression_flags;
  };

  it('whatever order the sessions are processed in', async () => {
    const at = (day: number) => ({ start_time: `2026-02-0${day}T09:00:00Z` });
    // The bad session comes first: nothing to hold it against yet.
    const bad = await aProcessedSession(20, 16, at(8), 'slipping-bot');
    expect(await flagsOf(bad)).toEqual([]);
    for (const day of [1, 2, 3]) await aProcessedSession(20, 0, at(day), 'slipping-bot');
    for (let tries = 0; tries < 100 && (await flagsOf(bad)).length === 0; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(await flagsOf(bad)).toContain('success_rate_drop');
    const { body: insights } = await gateway.api.get<{ payload: { detector: string } }[]>(
      `/signals/insights?session_id=${bad.id}`,
    );
    expect(insights.map((insight) => insight.payload.detector)).toContain('performance-regression');
  });
});
