import { Injectable } from '@nestjs/common';
import { type Selectable, sql } from 'kysely';
import type { Caller } from '#core/caller.js';
import { canonicalJson } from '#core/canonical-json.js';
import { SessionNotFound, SessionTerminal, ValidationFailed } from '#core/core.errors.js';
import { newId } from '#core/identifiers.js';
import { decodeCursor, type Page, toPage } from '#core/page.js';
import { ProcessingQueue } from '#core/processing/processing-queue.js';
import { EventOut } from '#core/signals/event.js';
import { Database } from '#database/database.js';
import type { Tables } from '#database/tables.js';
import { SessionNews } from './session-news.js';
import {
  type EventFilter,
  type MCPSessionResolveResponse,
  type NewSession,
  type SessionChange,
  type SessionFilter,
  SessionOut,
  Sessions,
} from './sessions.js';

/** What is read is what is published: a new column stays private until its model names it. */
const SESSION_COLUMNS = Object.keys(SessionOut.properties) as (keyof SessionOut)[];
const EVENT_COLUMNS = Object.keys(EventOut.properties) as (keyof EventOut)[];

/** Sessions in PostgreSQL. */
@Injectable()
export class EmbeddedSessions extends Sessions {
  constructor(
    private readonly database: Database,
    private readonly queue: ProcessingQueue,
    private readonly news: SessionNews,
  ) {
    super();
  }

  async create(caller: Caller, input: NewSession): Promise<{ session: SessionOut; created: boolean }> {
    if (input.project_id !== undefined) await this.requireProject(caller, input.project_id);
    const { tenant } = caller;
    const { config_snapshot: config, tags, ...columns } = input;
    const inserted = await this.database
      .insertInto('sessions')
      .values({
        ...columns,
        id: newId(),
        tenant,
        tags: [...(tags ?? [])],
        config_snapshot: config === undefined ? null : canonicalJson(config),
      })
      .onConflict((key) => key.columns(['tenant', 'workspace_id', 'external_session_key']).doNothing())
      .returning(SESSION_COLUMNS)
      .executeTakeFirst();
    if (inserted) {
      this.news.tell({ tenant, id: inserted.id, what: 'created' });
      return { session: toSession(inserted), created: true };
    }
    const existing = await this.database
      .selectFrom('sessions')
      .select(SESSION_COLUMNS)
      .where('tenant', '=', tenant)
      .where('workspace_id', '=', input.workspace_id)
      .where('external_session_key', '=', input.external_session_key)
      .executeTakeFirstOrThrow();
    return { session: toSession(existing), created: false };
  }

  async list(caller: Caller, filter: SessionFilter): Promise<Page<SessionOut>> {
    let query = this.database.selectFrom('sessions').select(SESSION_COLUMNS).where('tenant', '=', caller.tenant);
    for (const column of ['workspace_id', 'project_id', 'status'] as const) {
      const value = filter[column];
      if (value !== undefined) query = query.where(column, '=', value);
    }
    if (filter.since !== undefined) query = query.where('start_time', '>=', new Date(filter.since));
    if (filter.cursor !== undefined) {
      const { ms, id } = decodeCursor(filter.cursor);
      query = query.where(sql<boolean>`(start_time, id) < (${new Date(ms)}, ${id}::uuid)`);
    }
    const rows = await query
      .orderBy('start_time', 'desc')
      .orderBy('id', 'desc')
      .limit(filter.limit + 1)
      .execute();
    const page = toPage(rows, filter.limit, (row) => ({ ms: row.start_time.getTime(), id: row.id }));
    return { ...page, items: page.items.map(toSession) };
  }

  async get(caller: Caller, id: string): Promise<SessionOut> {
    const row = await this.database
      .selectFrom('sessions')
      .select(SESSION_COLUMNS)
      .where('tenant', '=', caller.tenant)
      .where('id', '=', id)
      .executeTakeFirst();
    if (!row) throw new SessionNotFound(id);
    return toSession(row);
  }

  /** A session that ends is queued for processing in the same transaction: either both happen or neither. */
  async update(caller: Caller, id: string, change: SessionChange): Promise<SessionOut> {
    return this.database.transaction().execute(async (transaction) => {
      const row = await transaction
        .selectFrom('sessions')
        .select(SESSION_COLUMNS)
        .where('tenant', '=', caller.tenant)
        .where('id', '=', id)
        .forNoKeyUpdate()
        .executeTakeFirst();
      if (!row) throw new SessionNotFound(id);
      const status = change.status ?? row.status;
      const endTime = change.end_time === undefined ? null : new Date(change.end_time);
      if (row.status !== 'active') {
        const same = status === row.status && endTime?.getTime() === row.end_time?.getTime();
        if (!same) throw new SessionTerminal(id, row.status);
        return toSession(row);
      }
      if (status === 'active') return toSession(row);
      if (endTime !== null && endTime < row.start_time) {
        const message = `must not be before start_time (${row.start_time.toISOString()})`;
        throw new ValidationFailed([{ field: 'end_time', code: 'out_of_range', message }]);
      }
      const updated = await transaction
        .updateTable('sessions')
        .set({ status, end_time: endTime, requires_processing: true, updated_at: new Date() })
        .where('tenant', '=', caller.tenant)
        .where('id', '=', id)
        .returning(SESSION_COLUMNS)
        .executeTakeFirstOrThrow();
      await this.queue.enqueue({ tenant: caller.tenant, session_id: id }, transaction);
      this.news.tell({ tenant: caller.tenant, id, what: 'changed' });
      return toSession(updated);
    });
  }

  async resolve(
    caller: Caller,
    key: { external_session_key: string; workspace_id?: string },
  ): Promise<MCPSessionResolveResponse> {
    let query = this.database
      .selectFrom('sessions')
      .select('id')
      .where('tenant', '=', caller.tenant)
      .where('external_session_key', '=', key.external_session_key);
    const workspace = key.workspace_id ?? caller.workspaceId;
    if (workspace !== undefined) query = query.where('workspace_id', '=', workspace);
    const row = await query.orderBy('start_time', 'desc').orderBy('id', 'desc').limit(1).executeTakeFirst();
    return { session_id: row?.id ?? null, found: row !== undefined };
  }

  async events(caller: Caller, id: string, filter: EventFilter): Promise<Page<EventOut>> {
    let query = this.database
      .selectFrom('events')
      .select(EVENT_COLUMNS)
      .where('tenant', '=', caller.tenant)
      .where('session_id', '=', id);
    if (filter.event_type !== undefined) query = query.where('event_type', '=', filter.event_type);
    if (filter.after !== undefined) {
      const position = decodeCursor(filter.after);
      query = query.where(sql<boolean>`(client_timestamp, id) > (${new Date(position.ms)}, ${position.id}::uuid)`);
    }
    const rows = await query
      .orderBy('client_timestamp')
      .orderBy('id')
      .limit(filter.limit + 1)
      .execute();
    if (rows.length === 0) await this.get(caller, id);
    const page = toPage(rows, filter.limit, (row) => ({ ms: row.client_timestamp.getTime(), id: row.id }));
    return { ...page, items: page.items.map(toEvent) };
  }

  private async requireProject(caller: Caller, id: string): Promise<void> {
    const project = await this.database
      .selectFrom('projects')
      .select('id')
      .where('tenant', '=', caller.tenant)
      .where('id', '=', id)
      .executeTakeFirst();
    if (!project) {
      throw new ValidationFailed([{ field: 'project_id', code: 'project_not_found', message: 'names no project' }]);
    }
  }
}

function toSession(row: Pick<Selectable<Tables['sessions']>, keyof SessionOut>): SessionOut {
  return {
    ...row,
    start_time: row.start_time.toISOString(),
    end_time: row.end_time?.toISOString() ?? null,
    event_count: Number(row.event_count),
    last_processed_at: row.last_processed_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}

function toEvent(row: Pick<Selectable<Tables['events']>, keyof EventOut>): EventOut {
  return {
    ...row,
    event_type: row.event_type as EventOut['event_type'],
    source_type: row.source_type as EventOut['source_type'],
    attribution_source: row.attribution_source as EventOut['attribution_source'],
    client_timestamp: row.client_timestamp.toISOString(),
    server_timestamp: row.server_timestamp.toISOString(),
    event_hash: row.event_hash.toString('hex'),
    created_at: row.created_at.toISOString(),
  };
}
