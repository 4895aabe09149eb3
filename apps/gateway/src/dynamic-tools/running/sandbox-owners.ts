import { type Kysely, sql } from 'kysely';
import type { Tables } from '#database/tables.js';
import type { Owners } from '#sandbox/docker/owners.js';

const DEAD_AFTER = sql`interval '40 seconds'`;
/** A row is kept longer than any container could be left over. */
const FORGOTTEN_AFTER = sql`interval '7 days'`;

/** Which gateways have containers at the Docker Engine, by the clock of the database. */
export class SandboxOwners implements Owners {
  constructor(private readonly database: Kysely<Tables>) {}

  async beat(owner: string): Promise<void> {
    await this.database
      .insertInto('sandbox_owners')
      .values({ id: owner })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ seen_at: sql`now()` }))
      .execute();
  }

  async dead(owners: readonly string[]): Promise<readonly string[]> {
    const forgotten = sql<Date>`now() - ${FORGOTTEN_AFTER}`;
    await this.database.deleteFrom('sandbox_owners').where('seen_at', '<', forgotten).execute();
    const rows = await this.database
      .selectFrom('sandbox_owners')
      .select('id')
      .where(sql`id::text`, '=', sql`any(${owners}::text[])`)
      .where('seen_at', '<', sql<Date>`now() - ${DEAD_AFTER}`)
      .execute();
    return rows.map(({ id }) => id);
  }

  async leave(owner: string): Promise<void> {
    await this.database.deleteFrom('sandbox_owners').where('id', '=', owner).execute();
  }
}
