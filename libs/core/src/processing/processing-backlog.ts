import { sql } from 'kysely';
import type { Database } from '#database/database.js';

/** What is left to process. */
export interface Backlog {
  readonly sessions: number;
  /** How long the oldest of them has waited. */
  readonly lagSeconds: number;
}

/** Asks the store how far processing is behind. It answers from the index of waiting sessions, whoever processes them. */
export class ProcessingBacklog {
  constructor(private readonly database: Database) {}

  async measure(): Promise<Backlog> {
    const { sessions, lag } = await this.database
      .selectFrom('sessions')
      .select([
        sql<number>`count(*)::float8`.as('sessions'),
        sql<number>`coalesce(extract(epoch from now() - min(updated_at)), 0)::float8`.as('lag'),
      ])
      .where('requires_processing', '=', true)
      .executeTakeFirstOrThrow();
    return { sessions, lagSeconds: Math.max(0, lag) };
  }
}
