import { sql } from 'kysely';
import type { ProcessingQueue } from '#core/processing/processing-queue.js';
import type { Database } from '#database/database.js';

/** The tag of a session that nobody started: the gateway opened it for the calls that it saw. */
export const CAPTURED_TAG = 'gateway-captured';

/** How long such a session may be silent before it counts as over. */
const IDLE_MS = 3_600_000;
const MOST_AT_ONCE = 500;

/**
 * Ends sessions that nobody will end, so that they are processed. Several replicas may do it at once: each session is
 * ended by one of them.
 */
export function endIdleCapturedSessions(database: Database, queue: ProcessingQueue): Promise<void> {
  const before = new Date(Date.now() - IDLE_MS);
  return database.transaction().execute(async (transaction) => {
    const { rows } = await sql<{ tenant: string; session_id: string }>`
      update sessions
      set status = 'completed', end_time = greatest(start_time, updated_at), requires_processing = true,
          updated_at = now()
      where id in (
        select id from sessions
        where status = 'active' and tags @> ${sql.lit(`{${CAPTURED_TAG}}`)}::text[]
          and start_time < ${before} and updated_at < ${before}
        order by start_time
        limit ${MOST_AT_ONCE}
        for no key update skip locked
      )
      returning tenant, id as session_id
    `.execute(transaction);
    for (const job of rows) await queue.enqueue(job, transaction);
  });
}
