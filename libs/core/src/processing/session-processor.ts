import { sql, type Transaction } from 'kysely';
import type { EventType } from '#core/signals/event.js';
import { notifySessionNews } from '#core/sessions/session-news.embedded.js';
import type { Database } from '#database/database.js';
import type { Tables } from '#database/tables.js';
import type { AgentBaseline, RecordedEvent } from './analysis.js';
import { type ProcessedSession, replaceDerivedRows } from './derived-rows.js';
import type { ProcessingJob } from './processing-queue.js';
import { SessionAnalyzer } from './session-analyzer.js';

const PAGE_EVENTS = 2_000;
/** How many of an agent's earlier sessions it is held against. */
export const BASELINE_SESSIONS = 20;

/**
 * Processes one session: reads its events in order, analyses them and replaces what was derived before. Two replicas
 * that process the same session at once do it one after the other, and write the same rows.
 */
export class SessionProcessor {
  constructor(private readonly database: Database) {}

  /** @returns later sessions of the same agents, whose regression flags may now read differently */
  async process({ tenant, session_id: id }: ProcessingJob): Promise<ProcessingJob[]> {
    return this.database.transaction().execute(async (transaction) => {
      await sql`select pg_advisory_xact_lock(hashtextextended(${id}, 0))`.execute(transaction);
      const session = await transaction
        .selectFrom('sessions')
        .select(['id', 'tenant', 'project_id', 'start_time'])
        .where('tenant', '=', tenant)
        .where('id', '=', id)
        .executeTakeFirst();
      if (!session) return [];
      const analyzer = new SessionAnalyzer();
      for await (const event of eventsOf(transaction, session)) analyzer.observe(event);
      const baselines = new Map<string, AgentBaseline>();
      for (const agent of analyzer.agents()) baselines.set(agent, await baselineOf(transaction, session, agent));
      const analysis = analyzer.finish(baselines);
      const changedAgents = await replaceDerivedRows(transaction, session, analysis);
      const later = await laterSessions(transaction, session, changedAgents);
      await lockSessions(transaction, session, [id, ...later]);
      await transaction
        .updateTable('sessions')
        .set({
          ...analysis.summary,
          milestone_breakdown: JSON.stringify(analysis.summary.milestone_breakdown),
          requires_processing: false,
          last_processed_at: new Date(),
          updated_at: new Date(),
        })
        .where('tenant', '=', tenant)
        .where('id', '=', id)
        .execute();
      if (later.length > 0) await requireProcessing(transaction, session, later);
      await notifySessionNews(transaction, [{ tenant, id, what: 'processed' }]);
      return later.map((laterId) => ({ tenant, session_id: laterId }));
    });
  }
}

async function* eventsOf(transaction: Transaction<Tables>, session: ProcessedSession): AsyncGenerator<RecordedEvent> {
  let last: { at: Date; id: string } | undefined;
  for (;;) {
    let query = transaction
      .selectFrom('events')
      .select(['id', 'event_type', 'source_type', 'client_timestamp', 'file_path', 'payload', 'raw_message'])
      .select(['attribution_source', sql<string | null>`agent_metadata ->> 'agent_id'`.as('agent_id')])
      .where('tenant', '=', session.tenant)
      .where('session_id', '=', session.id);
    if (last) query = query.where(sql<boolean>`(client_timestamp, id) > (${last.at}, ${last.id}::uuid)`);
    const rows = await query.orderBy('client_timestamp').orderBy('id').limit(PAGE_EVENTS).execute();
    for (const row of rows) {
      yield {
        id: row.id,
        eventType: row.event_type as EventType,
        sourceType: row.source_type,
        at: row.client_timestamp.getTime(),
        filePath: row.file_path,
        payload: row.payload,
        rawMessage: row.raw_message,
        attributionSource: row.attribution_source,
        agentId: row.agent_id,
      };
    }
    const end = rows.at(-1);
    if (!end || rows.length < PAGE_EVENTS) return;
    last = { at: end.client_timestamp, id: end.id };
  }
}

/** The mean of the agent's last sessions that started before this one. */
async function baselineOf(
  transaction: Transaction<Tables>,
  session: ProcessedSession,
  agent: string,
): Promise<AgentBaseline> {
  const earlier = transaction
    .selectFrom('agent_performance_snapshots')
    .select(['success_rate', 'induced_error_rate', 'override_rate'])
    .where('tenant', '=', session.tenant)
    .where('agent_id', '=', agent)
    .where('total_actions', '>', 0)
    .where(sql<boolean>`(session_start_time, session_id) < (${session.start_time}, ${session.id}::uuid)`)
    .orderBy('session_start_time', 'desc')
    .orderBy('session_id', 'desc')
    .limit(BASELINE_SESSIONS);
  const { sessions, ...rates } = await transaction
    .selectFrom(earlier.as('earlier'))
    .select((row) => [
      row.fn.countAll<string>().as('sessions'),
      sql<number>`coalesce(avg(success_rate), 0)`.as('success_rate'),
      sql<number>`coalesce(avg(induced_error_rate), 0)`.as('induced_error_rate'),
      sql<number>`coalesce(avg(override_rate), 0)`.as('override_rate'),
    ])
    .executeTakeFirstOrThrow();
  return { sessions: Number(sessions), ...rates };
}

/** The next sessions of these agents that were processed before this one was: their baseline has just changed. */
async function laterSessions(
  transaction: Transaction<Tables>,
  session: ProcessedSession,
  agents: readonly string[],
): Promise<string[]> {
  const later = new Set<string>();
  for (const agent of agents) {
    const rows = await transaction
      .selectFrom('agent_performance_snapshots')
      .select('session_id')
      .where('tenant', '=', session.tenant)
      .where('agent_id', '=', agent)
      .where(sql<boolean>`(session_start_time, session_id) > (${session.start_time}, ${session.id}::uuid)`)
      .orderBy('session_start_time')
      .orderBy('session_id')
      .limit(BASELINE_SESSIONS)
      .execute();
    for (const row of rows) later.add(row.session_id);
  }
  return [...later];
}

/** In id order and all before the first update, as a batch of events does: two writers cannot wait for each other. */
async function lockSessions(
  transaction: Transaction<Tables>,
  session: ProcessedSession,
  ids: readonly string[],
): Promise<void> {
  await transaction
    .selectFrom('sessions')
    .select('id')
    .where('tenant', '=', session.tenant)
    .where('id', 'in', ids)
    .orderBy('id')
    .forNoKeyUpdate()
    .execute();
}

async function requireProcessing(
  transaction: Transaction<Tables>,
  session: ProcessedSession,
  ids: readonly string[],
): Promise<void> {
  await transaction
    .updateTable('sessions')
    .set({ requires_processing: true, updated_at: new Date() })
    .where('tenant', '=', session.tenant)
    .where('id', 'in', ids)
    .execute();
}
