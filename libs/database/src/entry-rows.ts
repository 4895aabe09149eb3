import { sql } from 'kysely';
import type { Database } from './database.js';

/** What operators configure over the admin API, each kind in a table of its own. */
export type EntryTable = 'upstreams' | 'virtual_servers';

type Entry = Readonly<Record<string, unknown>>;

/** One of them as it is stored: the entry as it was given, before presets and defaults. */
export interface EntryRow {
  readonly name: string;
  readonly entry: Entry;
  readonly revision: number;
  readonly created_at: Date;
  readonly created_by: string;
  readonly updated_at: Date;
  readonly updated_by: string;
}

/** One such table. Rows have revisions: of two changes at once one is told that it came second. */
export class EntryRows {
  constructor(
    private readonly database: Database,
    private readonly table: EntryTable,
  ) {}

  all(): Promise<EntryRow[]> {
    return this.database.selectFrom(this.table).selectAll().orderBy('name').execute();
  }

  get(name: string): Promise<EntryRow | undefined> {
    return this.database.selectFrom(this.table).selectAll().where('name', '=', name).executeTakeFirst();
  }

  /** Other than before whenever a row is. */
  async fingerprint(): Promise<string> {
    const seen = sql<string | null>`string_agg(name || ' ' || revision || ' ' || created_at, ',' order by name)`;
    const row = await this.database.selectFrom(this.table).select(seen.as('seen')).executeTakeFirst();
    return row?.seen ?? '';
  }

  async count(): Promise<number> {
    const { n } = await this.database
      .selectFrom(this.table)
      .select((eb) => eb.fn.countAll<string>().as('n'))
      .executeTakeFirstOrThrow();
    return Number(n);
  }

  /** @returns undefined where there is one of this name */
  insert(name: string, entry: Entry, by: string): Promise<EntryRow | undefined> {
    return this.database
      .insertInto(this.table)
      .values({ name, entry: JSON.stringify(entry), created_by: by, updated_by: by })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .returningAll()
      .executeTakeFirst();
  }

  /** @returns undefined where it is no longer the one of this revision */
  replace({ name, revision }: EntryRow, entry: Entry, by: string): Promise<EntryRow | undefined> {
    return this.database
      .updateTable(this.table)
      .set({ entry: JSON.stringify(entry), revision: revision + 1, updated_at: sql<Date>`now()`, updated_by: by })
      .where('name', '=', name)
      .where('revision', '=', revision)
      .returningAll()
      .executeTakeFirst();
  }

  /** @returns false where it is no longer the one of this revision */
  async remove({ name, revision }: EntryRow): Promise<boolean> {
    const { numDeletedRows } = await this.database
      .deleteFrom(this.table)
      .where('name', '=', name)
      .where('revision', '=', revision)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }
}
