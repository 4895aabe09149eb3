import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { requireSession } from '#core/sessions/session-access.js';
import { Database } from '#database/database.js';
import { AgentPerformance, type AgentPerformanceFilter, AgentPerformanceSnapshot } from './agent-performance.js';

const COLUMNS = Object.keys(AgentPerformanceSnapshot.properties) as (keyof AgentPerformanceSnapshot)[];

/** Agent performance in PostgreSQL. */
@Injectable()
export class EmbeddedAgentPerformance extends AgentPerformance {
  constructor(private readonly database: Database) {
    super();
  }

  async ofSession(caller: Caller, sessionId: string): Promise<readonly AgentPerformanceSnapshot[]> {
    const rows = await this.database
      .selectFrom('agent_performance_snapshots')
      .select(COLUMNS)
      .where('tenant', '=', caller.tenant)
      .where('session_id', '=', sessionId)
      .orderBy('agent_id')
      .execute();
    if (rows.length === 0) await requireSession(this.database, caller, sessionId);
    return rows.map((row) => ({ ...row, created_at: row.created_at.toISOString() }));
  }

  async list(caller: Caller, filter: AgentPerformanceFilter): Promise<readonly AgentPerformanceSnapshot[]> {
    let query = this.database
      .selectFrom('agent_performance_snapshots')
      .select(COLUMNS)
      .where('tenant', '=', caller.tenant);
    if (filter.agent_id !== undefined) query = query.where('agent_id', '=', filter.agent_id);
    if (filter.since !== undefined) query = query.where('created_at', '>=', new Date(filter.since));
    const rows = await query.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(filter.limit).execute();
    return rows.map((row) => ({ ...row, created_at: row.created_at.toISOString() }));
  }
}
