import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { requireSession } from '#core/sessions/session-access.js';
import { Database } from '#database/database.js';
import { type InsightFilter, InsightOut, Insights } from './insights.js';

const COLUMNS = Object.keys(InsightOut.properties) as (keyof InsightOut)[];

/** Insights in PostgreSQL. */
@Injectable()
export class EmbeddedInsights extends Insights {
  constructor(private readonly database: Database) {
    super();
  }

  async list(caller: Caller, filter: InsightFilter): Promise<readonly InsightOut[]> {
    let query = this.database
      .selectFrom('insights')
      .select(COLUMNS)
      .where('tenant', '=', caller.tenant)
      .where('session_id', '=', filter.session_id);
    if (filter.since !== undefined) query = query.where('created_at', '>=', new Date(filter.since));
    const rows = await query.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(filter.limit).execute();
    if (rows.length === 0) await requireSession(this.database, caller, filter.session_id);
    return rows.map((row) => ({ ...row, created_at: row.created_at.toISOString() }));
  }
}
