import { type Insertable, sql, type Transaction } from 'kysely';
import { derivedId } from '#core/identifiers.js';
import type { Tables } from '#database/tables.js';
import type { Analysis } from './analysis.js';

export interface ProcessedSession {
  readonly id: string;
  readonly tenant: string;
  readonly project_id: string | null;
  readonly start_time: Date;
}

type DerivedTable = 'error_clusters' | 'event_correlations' | 'agent_performance_snapshots' | 'insights';

/** Rows per statement, well below PostgreSQL's 65 535 parameters. */
const CHUNK = 1_000;

/**
 * Replaces everything that was derived from the session's events before. Ids follow from the content, so a row that is
 * derived again is the same row, with the `created_at` that it had.
 * @returns the agents whose figures are new or changed
 */
export async function replaceDerivedRows(
  transaction: Transaction<Tables>,
  session: ProcessedSession,
  analysis: Analysis,
): Promise<string[]> {
  const scope = { tenant: session.tenant, session_id: session.id };
  const idOf = (timeMs: number, kind: string, key: string) => derivedId(timeMs, `${session.id} ${kind} ${key}`);
  const start = session.start_time.getTime();
  await replace(
    transaction,
    'error_clusters',
    session,
    analysis.clusters.map((cluster) => ({
      ...cluster,
      ...scope,
      id: idOf(Date.parse(cluster.first_seen_at), 'cluster', `${cluster.error_type} ${cluster.normalized_error}`),
      project_id: session.project_id,
      metadata: JSON.stringify(cluster.metadata),
    })),
  );
  await replace(
    transaction,
    'event_correlations',
    session,
    analysis.correlations.map(({ effect_at, ...correlation }) => ({
      ...correlation,
      ...scope,
      id: idOf(
        effect_at,
        'correlation',
        `${correlation.correlation_type} ${correlation.cause_event_id} ${correlation.effect_event_id}`,
      ),
      project_id: session.project_id,
      metadata: JSON.stringify(correlation.metadata),
    })),
  );
  await replace(
    transaction,
    'insights',
    session,
    analysis.insights.map(({ key, ...insight }) => ({
      ...insight,
      ...scope,
      id: idOf(start, 'insight', key),
      payload: JSON.stringify(insight.payload),
    })),
  );
  return replaceFigures(transaction, session, analysis, idOf);
}

async function replaceFigures(
  transaction: Transaction<Tables>,
  session: ProcessedSession,
  analysis: Analysis,
  idOf: (timeMs: number, kind: string, key: string) => string,
): Promise<string[]> {
  const before = await figuresOf(transaction, session);
  await replace(
    transaction,
    'agent_performance_snapshots',
    session,
    analysis.performance.map((figures) => ({
      ...figures,
      tenant: session.tenant,
      session_id: session.id,
      id: idOf(session.start_time.getTime(), 'performance', figures.agent_id),
      session_start_time: session.start_time,
    })),
  );
  const after = await figuresOf(transaction, session);
  return [...new Set([...before.keys(), ...after.keys()])].filter((agent) => before.get(agent) !== after.get(agent));
}

/** What later sessions are held against, as one comparable text per agent. */
async function figuresOf(transaction: Transaction<Tables>, session: ProcessedSession): Promise<Map<string, string>> {
  const rows = await transaction
    .selectFrom('agent_performance_snapshots')
    .select(['agent_id', 'total_actions', 'success_rate', 'induced_error_rate', 'override_rate'])
    .where('tenant', '=', session.tenant)
    .where('session_id', '=', session.id)
    .execute();
  return new Map(rows.map(({ agent_id, ...figures }) => [agent_id, JSON.stringify(figures)]));
}

async function replace<Table extends DerivedTable>(
  transaction: Transaction<Tables>,
  table: Table,
  session: ProcessedSession,
  rows: readonly (Insertable<Tables[Table]> & { id: string })[],
): Promise<void> {
  await sql`
    delete from ${sql.table(table)}
    where tenant = ${session.tenant} and session_id = ${session.id} and id <> all(${rows.map((row) => row.id)}::uuid[])
  `.execute(transaction);
  for (let start = 0; start < rows.length; start += CHUNK) {
    const chunk = rows.slice(start, start + CHUNK);
    const columns = Object.keys(chunk[0]!);
    const updates = columns
      .filter((column) => column !== 'id')
      .map((column) => sql`${sql.ref(column)} = excluded.${sql.ref(column)}`);
    const values = chunk.map((row) => sql`(${sql.join(columns.map((column) => row[column as keyof typeof row]))})`);
    await sql`
      insert into ${sql.table(table)} (${sql.join(columns.map((column) => sql.ref(column)))})
      values ${sql.join(values)}
      on conflict (id) do update set ${sql.join(updates)}
    `.execute(transaction);
  }
}
