import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { newId } from '#core/identifiers.js';
import { Database } from '#database/database.js';
import { migrate } from '#database/migrate.js';
import { TestDatabase } from '../support/postgres.js';

describe('migrations', () => {
  let empty: TestDatabase;
  beforeAll(async () => {
    empty = await TestDatabase.create({ empty: true });
  });
  afterAll(() => empty[Symbol.asyncDispose]());

  const run = async (folder?: string) => {
    const client = new Client({ connectionString: empty.url });
    await client.connect();
    try {
      return await migrate(client, folder);
    } finally {
      await client.end();
    }
  };

  it('run once, whichever of four replicas comes first', async () => {
    const applied = await Promise.all([run(), run(), run(), run()]);
    const names = applied.flat();
    expect(names.length).toBeGreaterThan(4);
    expect(new Set(names).size).toBe(names.length);
    expect(applied.filter((own) => own.length > 0)).toHaveLength(1);
    expect(await run()).toEqual([]);
  });

  it('leave nothing half-done when one fails, and refuse an edited one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'achilles-migrations-'));
    await writeFile(join(folder, '9001_good.sql'), 'create table good (id int)');
    await writeFile(join(folder, '9002_bad.sql'), 'create table half (id int); select 1/0');
    await expect(run(folder)).rejects.toThrow('Migration 9002_bad.sql failed: division by zero');
    const tables = await empty.query<{ name: string }>(
      "select tablename as name from pg_tables where tablename in ('good', 'half')",
    );
    expect(tables).toEqual([{ name: 'good' }]);
    await writeFile(join(folder, '9001_good.sql'), 'create table good (id bigint)');
    await expect(run(folder)).rejects.toThrow('forward-only');
  });
});

describe('a connection', () => {
  it('that breaks in somebody’s hands fails his query, and nothing else', async () => {
    await using scratch = await TestDatabase.create();
    const database = Database.open({ connectionString: scratch.url }, 1, () => undefined);
    const held = await database.pool.connect();
    const { connection } = held as unknown as { connection: { stream: { destroy(error: Error): void } } };
    connection.stream.destroy(new Error('write EPIPE'));
    await expect(held.query('select 1')).rejects.toThrow();
    held.release(true);
    expect((await database.pool.query<{ one: number }>('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await database.destroy();
  });
});

describe('the schema', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await TestDatabase.create();
  });
  afterAll(() => database[Symbol.asyncDispose]());

  it('refuses to change or remove events', async () => {
    await database.query(
      `insert into events (id, tenant, session_id, event_hash, event_type, source_type, client_timestamp, server_timestamp)
       values ($1, 'default', $2, '\\x00', 'custom', 'agent', now(), now())`,
      [newId(), newId()],
    );
    for (const sql of ["update events set tenant = 'other'", 'delete from events', 'truncate events']) {
      await expect(database.query(sql)).rejects.toThrow('append-only');
    }
    expect(await database.query('select tenant from events')).toEqual([{ tenant: 'default' }]);
  });

  it('reads no table as a whole for any listing', async () => {
    // With a handful of rows a scan is right; what is asked here is whether an index serves the order of the page.
    const listings = {
      'select * from sessions where tenant = $1 order by start_time desc, id desc limit 51': 1,
      'select * from sessions where tenant = $1 and workspace_id = $2 order by start_time desc, id desc limit 51': 2,
      'select * from sessions where tenant = $1 and status = $2 order by start_time desc, id desc limit 51': 2,
      'select * from events where session_id = $1::uuid order by client_timestamp, id limit 101': 1,
      'select * from error_clusters where tenant = $1 order by last_seen_at desc, id desc limit 50': 1,
      'select * from event_correlations where tenant = $1 order by created_at desc, id desc limit 50': 1,
      'select * from agent_performance_snapshots where tenant = $1 order by created_at desc, id desc limit 50': 1,
      'select * from insights where session_id = $1::uuid order by created_at desc, id desc limit 50': 1,
      'select * from snapshots where session_id = $1::uuid order by id desc limit 20': 1,
    };
    for (const [sql, parameters] of Object.entries(listings)) {
      const values = sql.includes('::uuid') ? [newId()] : Array.from({ length: parameters }, () => 'active');
      const client = new Client({ connectionString: database.url });
      await client.connect();
      await client.query('set enable_seqscan = off; set enable_bitmapscan = off');
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain ${sql}`, values);
      await client.end();
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).toContain('Index Scan');
      expect(plan).not.toMatch(/Sort|Seq Scan/);
    }
  });
});
