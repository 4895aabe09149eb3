import { Injectable } from '@nestjs/common';
import type { Selectable } from 'kysely';
import type { Caller } from '#core/caller.js';
import { requireSession } from '#core/sessions/session-access.js';
import { Database } from '#database/database.js';
import type { Tables } from '#database/tables.js';
import { type CrossSessionFilter, ErrorCluster, ErrorCorrelations, EventCorrelation } from './error-correlations.js';

const CLUSTER_COLUMNS = Object.keys(ErrorCluster.properties) as (keyof ErrorCluster)[];
const CORRELATION_COLUMNS = Object.keys(EventCorrelation.properties) as (keyof EventCorrelation)[];

/** Error clusters and correlations in PostgreSQL. */
@Injectable()
export class EmbeddedErrorCorrelations extends ErrorCorrelations {
  constructor(private readonly database: Database) {
    super();
  }

  async clustersOf(caller: Caller, sessionId: string): Promise<readonly ErrorCluster[]> {
    const rows = await this.database
      .selectFrom('error_clusters')
      .select(CLUSTER_COLUMNS)
      .where('tenant', '=', caller.tenant)
      .where('session_id', '=', sessionId)
      .orderBy('occurrence_count', 'desc')
      .orderBy('first_seen_at')
      .orderBy('id')
      .execute();
    if (rows.length === 0) await requireSession(this.database, caller, sessionId);
    return rows.map(toCluster);
  }

  async correlationsOf(caller: Caller, sessionId: string): Promise<readonly EventCorrelation[]> {
    // Ids are derived from the time of the effect: in id order, they read as the session went.
    const rows = await this.database
      .selectFrom('event_correlations')
      .select(CORRELATION_COLUMNS)
      .where('tenant', '=', caller.tenant)
      .where('session_id', '=', sessionId)
      .orderBy('id')
      .execute();
    if (rows.length === 0) await requireSession(this.database, caller, sessionId);
    return rows.map(toCorrelation);
  }

  async clusters(caller: Caller, filter: CrossSessionFilter): Promise<readonly ErrorCluster[]> {
    let query = this.database.selectFrom('error_clusters').select(CLUSTER_COLUMNS).where('tenant', '=', caller.tenant);
    if (filter.project_id !== undefined) query = query.where('project_id', '=', filter.project_id);
    if (filter.since !== undefined) query = query.where('last_seen_at', '>=', new Date(filter.since));
    const rows = await query.orderBy('last_seen_at', 'desc').orderBy('id', 'desc').limit(filter.limit).execute();
    return rows.map(toCluster);
  }

  async correlations(caller: Caller, filter: CrossSessionFilter): Promise<readonly EventCorrelation[]> {
    let query = this.database
      .selectFrom('event_correlations')
      .select(CORRELATION_COLUMNS)
      .where('tenant', '=', caller.tenant);
    if (filter.project_id !== undefined) query = query.where('project_id', '=', filter.project_id);
    if (filter.since !== undefined) query = query.where('created_at', '>=', new Date(filter.since));
    const rows = await query.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(filter.limit).execute();
    return rows.map(toCorrelation);
  }
}

const toCluster = (row: Pick<Selectable<Tables['error_clusters']>, keyof ErrorCluster>): ErrorCluster => ({
  ...row,
  first_seen_at: row.first_seen_at.toISOString(),
  last_seen_at: row.last_seen_at.toISOString(),
});

const toCorrelation = (
  row: Pick<Selectable<Tables['event_correlations']>, keyof EventCorrelation>,
): EventCorrelation => ({
  ...row,
  time_delta_ms: Number(row.time_delta_ms),
  created_at: row.created_at.toISOString(),
});
