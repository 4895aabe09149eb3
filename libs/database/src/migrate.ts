import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientBase } from 'pg';

/** An applied migration no longer has the text that was applied: history is forward-only. */
export class MigrationChanged extends Error {
  constructor(name: string) {
    super(
      `Migration ${name} was applied with another content. Migrations are forward-only: undo the edit, add a file.`,
    );
    this.name = 'MigrationChanged';
  }
}

const MIGRATIONS = new URL('../../../../libs/database/migrations/', import.meta.url);
/** Any number will do, as long as every gateway takes the same one. */
const ADVISORY_LOCK = 0x0ac41115;

/**
 * Applies the files of `libs/database/migrations` that this database has not seen, in order, each in a transaction of
 * its own. Replicas that start together wait for one another: each file runs once, whoever comes first.
 * @returns the names that this call applied
 */
export async function migrate(client: ClientBase, folder = MIGRATIONS.pathname): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_\w+\.sql$/.test(name)).sort();
  await client.query('select pg_advisory_lock($1)', [ADVISORY_LOCK]);
  try {
    await client.query(
      'create table if not exists schema_migrations (name text primary key, sha256 text not null, applied_at timestamptz not null default now())',
    );
    const { rows } = await client.query<{ name: string; sha256: string }>('select name, sha256 from schema_migrations');
    const applied = new Map(rows.map((row) => [row.name, row.sha256]));
    const fresh: string[] = [];
    for (const name of names) {
      const sql = await readFile(join(folder, name), 'utf8');
      const sha256 = createHash('sha256').update(sql).digest('hex');
      const known = applied.get(name);
      if (known !== undefined && known !== sha256) throw new MigrationChanged(name);
      if (known === undefined) {
        await apply(client, name, sql, sha256);
        fresh.push(name);
      }
    }
    return fresh;
  } finally {
    await client.query('select pg_advisory_unlock($1)', [ADVISORY_LOCK]);
  }
}

async function apply(client: ClientBase, name: string, sql: string, sha256: string): Promise<void> {
  await client.query('begin');
  try {
    await client.query(sql);
    await client.query('insert into schema_migrations (name, sha256) values ($1, $2)', [name, sha256]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw new Error(`Migration ${name} failed: ${(error as Error).message}`, { cause: error });
  }
}
