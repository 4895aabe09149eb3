import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { newId } from '#core/identifiers.js';
import { byteaArray, float8Array, jsonbArray, textArray, timestamptzArray, uuidArray } from '#database/binary-array.js';
import { SessionNews } from '#core/sessions/session-news.js';
import { Database } from '#database/database.js';
import type { AcceptedEvent } from './accepted-event.js';
import type { MCPEvent } from './event.js';
import { sessionAmbiguous, sessionNotFound, sessionTerminal } from './event-failures.js';
import type { EventBatchResult, EventFailure, StoreOutcome } from './signals.js';
import { Signals } from './signals.js';

/** A row to be: one content in one session. The same event twice in a batch is one row. */
interface Row {
  readonly id: string;
  readonly sessionId: string;
  readonly event: AcceptedEvent;
}

interface Placed {
  readonly event: AcceptedEvent;
  readonly row: Row;
}

interface Written {
  /** Every session of the batch that exists in the caller's tenant. */
  readonly sessions: readonly { readonly id: string; readonly status: string }[];
  /** The rows that are new; null when all of them are. */
  readonly inserted: readonly string[] | null;
}

// One statement, so one round trip and one transaction: it locks the sessions (in id order, so that two batches cannot
// wait for each other), inserts what is new into those still active, and counts. A concurrent batch of the same
// session waits at the lock; the counter is then read afresh.
const INSERT_EVENTS = {
  name: 'events_insert',
  text: `
with locked as materialized (
  select id, status from sessions where tenant = $1 and id = any($2::uuid[]) order by id for no key update
), inserted as (
  insert into events (tenant, server_timestamp, id, session_id, event_hash, event_type, source_type, client_timestamp,
                      source_name, file_path, project_root, language, payload, raw_message, attribution_source,
                      attribution_confidence, agent_metadata, metadata_)
  select $1, $3, e.*
  from unnest($5::uuid[], $6::uuid[], $7::bytea[], $8::text[], $9::text[], $10::timestamptz[], $11::text[], $12::text[],
              $13::text[], $14::text[], $15::jsonb[], $16::text[], $17::text[], $18::float8[], $19::jsonb[],
              $20::jsonb[]) as e (id, session_id)
  where e.session_id in (select id from locked where status = 'active')
  on conflict (session_id, event_hash) do nothing
  returning id, session_id
), counted as (
  update sessions set event_count = event_count + n.count, updated_at = now()
  from (select session_id, count(*) from inserted group by session_id) as n
  where sessions.id = n.session_id
)
select (select coalesce(json_agg(locked), '[]') from locked) as sessions,
       (select case when count(*) < $4 then coalesce(array_agg(id), '{}') end from inserted) as inserted`,
};

// Row by row through the primary key: a plain join may be planned as a scan of all events.
const FIND_EVENTS = {
  name: 'events_find',
  text: `
select wanted.session_id, encode(wanted.event_hash, 'hex') as hash, found.id
from unnest($2::uuid[], $3::bytea[]) as wanted (session_id, event_hash)
cross join lateral (
  select id from events
  where tenant = $1 and session_id = wanted.session_id and event_hash = wanted.event_hash limit 1
) as found`,
};

const FIND_SESSIONS = {
  name: 'sessions_by_external_key',
  text: `
select external_session_key as key, id from sessions
where tenant = $1 and external_session_key = any($2::text[]) and ($3::text is null or workspace_id = $3)`,
};

/** Events in PostgreSQL. */
@Injectable()
export class EmbeddedSignals extends Signals {
  constructor(
    private readonly database: Database,
    private readonly news: SessionNews,
  ) {
    super();
  }

  async store(caller: Caller, events: readonly AcceptedEvent[]): Promise<StoreOutcome> {
    const { placed, rows, failed } = await this.place(caller, events);
    const results: EventBatchResult[] = [];
    if (rows.length === 0) return { results, failed };
    const written = await this.insert(caller, rows);
    const inserted = written.inserted && new Set(written.inserted);
    if (inserted?.size !== 0)
      for (const { id } of written.sessions) this.news.tell({ tenant: caller.tenant, id, what: 'changed' });
    const existing = inserted
      ? await this.find(
          caller,
          rows.filter((row) => !inserted.has(row.id)),
        )
      : new Map<string, string>();
    const status = new Map(written.sessions.map((session) => [session.id, session.status]));

    for (const { event, row } of placed) {
      const earlier = existing.get(keyOf(row.sessionId, event.hash));
      if (!inserted || inserted.has(row.id)) {
        results.push({ index: event.index, event_id: row.id, status: row.event === event ? 'ingested' : 'duplicate' });
      } else if (earlier !== undefined) {
        results.push({ index: event.index, event_id: earlier, status: 'duplicate' });
      } else {
        const ended = status.get(row.sessionId);
        failed.push(ended === undefined ? sessionNotFound(event) : sessionTerminal(event, ended));
      }
    }
    return { results, failed };
  }

  /** Finds each event's session and its row: the first event of a content makes the row, later ones share it. */
  private async place(caller: Caller, events: readonly AcceptedEvent[]) {
    const ids = await this.sessionsByKey(caller, events);
    const rows: Row[] = [];
    const rowsOf = new Map<string, Map<string, Row>>();
    const placed: Placed[] = [];
    const failed: EventFailure[] = [];
    for (const event of events) {
      const { session_id: id, external_session_key: key } = event.event;
      const found = id === undefined ? (ids.get(key!) ?? []) : [id.toLowerCase()];
      if (found.length !== 1) {
        failed.push(found.length === 0 ? sessionNotFound(event) : sessionAmbiguous(event));
        continue;
      }
      const sessionId = found[0]!;
      let known = rowsOf.get(sessionId);
      if (!known) rowsOf.set(sessionId, (known = new Map<string, Row>()));
      let row = known.get(event.hash);
      if (!row) {
        row = { id: newId(), sessionId, event };
        known.set(event.hash, row);
        rows.push(row);
      }
      placed.push({ event, row });
    }
    return { placed, rows, failed };
  }

  /** Sessions that events name by external key alone, within the caller's workspace if it has one. */
  private async sessionsByKey(caller: Caller, events: readonly AcceptedEvent[]): Promise<Map<string, string[]>> {
    const keys = new Set<string>();
    for (const { event } of events) if (event.session_id === undefined) keys.add(event.external_session_key!);
    const ids = new Map<string, string[]>();
    if (keys.size === 0) return ids;
    const { rows } = await this.database.pool.query<{ key: string; id: string }>({
      ...FIND_SESSIONS,
      values: [caller.tenant, [...keys], caller.workspaceId ?? null],
    });
    for (const { key, id } of rows) ids.set(key, [...(ids.get(key) ?? []), id]);
    return ids;
  }

  private async insert(caller: Caller, rows: readonly Row[]): Promise<Written> {
    const sessions = [...new Set(rows.map((row) => row.sessionId))];
    const values = [caller.tenant, sessions, new Date(), rows.length, ...columnsOf(rows)];
    const result = await this.database.pool.query<Written>({ ...INSERT_EVENTS, values });
    return result.rows[0]!;
  }

  /** The ids of the rows that are stored already, by `keyOf`. */
  private async find(caller: Caller, wanted: readonly Row[]): Promise<Map<string, string>> {
    const { rows } = await this.database.pool.query<{ session_id: string; hash: string; id: string }>({
      ...FIND_EVENTS,
      values: [
        caller.tenant,
        uuidArray(wanted.map((row) => row.sessionId)),
        byteaArray(wanted.map((row) => row.event.hash)),
      ],
    });
    return new Map(rows.map((row) => [keyOf(row.session_id, row.hash), row.id]));
  }
}

const keyOf = (sessionId: string, hash: string) => `${sessionId} ${hash}`;

/** The columns of the rows, in the order of INSERT_EVENTS. */
function columnsOf(rows: readonly Row[]): Buffer[] {
  const text = (field: TextField) => textArray(rows.map(({ event }) => storable(event.event[field])));
  const json = (field: keyof AcceptedEvent['json']) => jsonbArray(rows.map(({ event }) => event.json[field]));
  return [
    uuidArray(rows.map((row) => row.id)),
    uuidArray(rows.map((row) => row.sessionId)),
    byteaArray(rows.map((row) => row.event.hash)),
    text('event_type'),
    text('source_type'),
    timestamptzArray(rows.map((row) => row.event.clientTimestamp)),
    text('source_name'),
    text('file_path'),
    text('project_root'),
    text('language'),
    json('payload'),
    text('raw_message'),
    text('attribution_source'),
    float8Array(rows.map((row) => row.event.event.attribution_confidence)),
    json('agent_metadata'),
    json('metadata_'),
  ];
}

type TextField = Exclude<
  keyof MCPEvent,
  'session_id' | 'external_session_key' | 'client_timestamp' | 'attribution_confidence' | keyof AcceptedEvent['json']
>;

/** As in canonical JSON: U+0000, which PostgreSQL refuses in text, becomes U+FFFD; so do lone surrogates, in UTF-8. */
const storable = (text: string | undefined) => (text?.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text);
