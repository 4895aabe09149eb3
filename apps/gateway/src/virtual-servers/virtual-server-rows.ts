import { sql } from 'kysely';
import type { Database } from '#database/database.js';
import type { JsonObject } from '#gateway/tools/tool.js';

/** A virtual server of the admin API as it is stored: the entry as it was given. */
export interface VirtualServerRow {
  readonly name: string;
  readonly entry: JsonObject;
  readonly revision: number;
  readonly created_at: Date;
  readonly created_by: string;
  readonly updated_at: Date;
  readonly updated_by: string;
}

/** The table `virtual_servers`. */
export class VirtualServerRows {
  constructor(private readonly database: Database) {}

  all(): Promise<VirtualServerRow[]> {
    return this.database.selectFrom('virtual_servers').selectAll().orderBy('name').execute();
  }

  get(name: string): Promise<VirtualServerRow | undefined> {
    return this.database.selectFrom('virtual_servers').selectAll().where('name', '=', name).executeTakeFirst();
  }

  /** Other than before whenever a row is. */
  async fingerprint(): Promise<string> {
    const seen = sql<string | null>`string_agg(name || ' ' || revision || ' ' || created_at, ',' order by name)`;
    const row = await this.database.selectFrom('virtual_servers').select(seen.as('seen')).executeTakeFirst();
    return row?.seen ?? '';
  }

  async count(): Promise<number> {
    const { n } = await this.database
      .selectFrom('virtual_servers')
      .select((eb) => eb.fn.countAll<string>().as('n'))
      .executeTakeFirstOrThrow();
    return Number(n);
  }

  /** @returns undefined where there is one of this name */
  insert(name: string, entry: JsonObject, by: string): Promise<VirtualServerRow | undefined> {
    return this.database
      .insertInto('virtual_servers')
      .values({ name, entry: JSON.stringify(entry), created_by: by, updated_by: by })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .returningAll()
      .executeTakeFirst();
  }

  /** @returns undefined where it is no longer the one of this revision */
  replace({ name, revision }: VirtualServerRow, entry: JsonObject, by: string): Promise<VirtualServerRow | undefined> {
    return this.database
      .updateTable('virtual_servers')
      .set({ entry: JSON.stringify(entry), revision: revision + 1, updated_at: sql<Date>`now()`, updated_by: by })
      .where('name', '=', name)
      .where('revision', '=', revision)
      .returningAll()
      .executeTakeFirst();
  }

  /** @returns false where it is no longer the one of this revision */
  async remove({ name, revision }: VirtualServerRow): Promise<boolean> {
    const { numDeletedRows } = await this.database
      .deleteFrom('virtual_servers')
      .where('name', '=', name)
      .where('revision', '=', revision)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }
}
