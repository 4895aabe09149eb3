import { Kysely, PostgresDialect } from 'kysely';
import { Pool, type PoolConfig } from 'pg';
import type { Tables } from './tables.js';

/** How long a request waits for a connection before it is told that the store is away. */
const CONNECT_TIMEOUT_MS = 5_000;
/** A server that accepted a query and then says nothing: give up on it, the caller may send again. */
const QUERY_TIMEOUT_MS = 15_000;

// Every listing has an index in its own order, and a page reads its hundred rows from there. A planner whose statistics
// are older than the sessions that it is asked for expects a handful of rows, and would rather read all of a session
// and sort it: 47 ms instead of 2 for a page of a session of 50 000 events (docs/performance.md).
const READ_IN_ORDER = 'set enable_sort = off; set enable_bitmapscan = off';

/** The one pool of connections, and typed queries over it. */
export class Database extends Kysely<Tables> {
  private constructor(readonly pool: Pool) {
    super({ dialect: new PostgresDialect({ pool }) });
  }

  /** `onLost` hears of connections that broke while idle, which no query would report. */
  static open(connection: PoolConfig, size: number, onLost: (error: Error) => void): Database {
    const pool = new Pool({
      ...connection,
      max: size,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      idleTimeoutMillis: 30_000,
      application_name: 'achilles',
    });
    pool.on('error', onLost);
    pool.on('connect', (client) => {
      // The pool listens to idle connections only. One that breaks in somebody's hands fails his query; without a
      // listener of its own it would end the process as well.
      client.on('error', () => undefined);
      // Queued before the first query of the connection; a connection that breaks here breaks there as well.
      client.query(READ_IN_ORDER).catch(() => undefined);
    });
    return new Database(pool);
  }
}
