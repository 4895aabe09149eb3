import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import { sql } from 'kysely';
import type { Database } from '#database/database.js';
import { Store } from '#database/store.js';
import { Bulkhead } from '#resilience/bulkhead.js';
import { inside } from './host-budget.js';
import { HostFault } from './host-fault.js';

/** Of one tool, for one tenant. */
const MOST_KEYS = 1_000;
/** UTF-8 bytes of keys and of values as PostgreSQL writes them. */
const MOST_BYTES = 1_024 * 1_024;
/** Connections of the pool that this process takes for values at once: code must not keep everybody else waiting. */
const CONNECTIONS = 4;
const WAITING = 1_000;

/** Whose values: no tenant sees those of another, though it is one tool that both call. */
export interface ValueOwner {
  readonly tool: string;
  readonly tenant: string;
}

/** What tools keep, in PostgreSQL. Keys and values are such as it can hold. */
@Injectable()
export class ToolValues {
  private readonly logger = new Logger('ToolValues');
  private readonly places = new Bulkhead(CONNECTIONS, WAITING);

  constructor(@Optional() @Inject(Store) private readonly store: Pick<Store, 'database'> | undefined) {}

  /** Null where there is none. @throws HostFault */
  get({ tool, tenant }: ValueOwner, key: string, signal: AbortSignal): Promise<unknown> {
    return this.ask(signal, async (database) => {
      const row = await database
        .selectFrom('dynamic_tool_values')
        .select('value')
        .where('tool', '=', tool)
        .where('tenant', '=', tenant)
        .where('key', '=', key)
        .executeTakeFirst();
      return row ? row.value : null;
    });
  }

  /** @returns false where there was none @throws HostFault */
  delete({ tool, tenant }: ValueOwner, key: string, signal: AbortSignal): Promise<boolean> {
    return this.ask(signal, async (database) => {
      const { numDeletedRows } = await database
        .deleteFrom('dynamic_tool_values')
        .where('tool', '=', tool)
        .where('tenant', '=', tenant)
        .where('key', '=', key)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    });
  }

  /** Keys that begin so, in the order of their bytes. @throws HostFault */
  keys({ tool, tenant }: ValueOwner, prefix: string, signal: AbortSignal): Promise<string[]> {
    return this.ask(signal, async (database) => {
      const rows = await database
        .selectFrom('dynamic_tool_values')
        .select('key')
        .where('tool', '=', tool)
        .where('tenant', '=', tenant)
        .where(sql<boolean>`starts_with(key, ${prefix})`)
        .orderBy(sql`key collate "C"`)
        .execute();
      return rows.map(({ key }) => key);
    });
  }

  /**
   * One at a time for a tool and a tenant, wherever they are asked for: how much there is holds until this is in it.
   * @param json of the value @throws HostFault when there is no room
   */
  set({ tool, tenant }: ValueOwner, key: string, json: string, signal: AbortSignal): Promise<void> {
    return this.ask(signal, (database) =>
      database.transaction().execute(async (transaction) => {
        await sql`select pg_advisory_xact_lock(hashtextextended(${`${tool} ${tenant}`}, 12))`.execute(transaction);
        const { rows } = await sql<{ keys: number; bytes: number }>`
          with others as (
            select count(*)::int as keys, coalesce(sum(bytes), 0)::int as bytes from dynamic_tool_values
            where tool = ${tool} and tenant = ${tenant} and key <> ${key}
          ), written as (
            insert into dynamic_tool_values (tool, tenant, key, value)
            select ${tool}, ${tenant}, ${key}, ${json}::jsonb from others
            where keys < ${MOST_KEYS}
              and bytes + octet_length(${key}::text) + octet_length(${json}::jsonb::text) <= ${MOST_BYTES}
            on conflict (tool, tenant, key) do update set value = excluded.value, updated_at = now()
            returning key
          )
          select keys, bytes from others where not exists (select from written)`.execute(transaction);
        const [full] = rows;
        if (!full) return;
        throw new HostFault(
          full.keys >= MOST_KEYS
            ? `kv.set: there are ${MOST_KEYS} keys, which is as many as there may be`
            : `kv.set: ${full.bytes} of ${MOST_BYTES} bytes are taken, there is no room for this`,
        );
      }),
    );
  }

  private ask<T>(signal: AbortSignal, question: (database: Database) => Promise<T>): Promise<T> {
    const { store } = this;
    if (!store) return Promise.reject(new HostFault('kv: this gateway has no database of its own to keep values in'));
    return inside(this.places, signal, async () => {
      try {
        signal.throwIfAborted();
        return await question(store.database);
      } catch (error) {
        if (error instanceof HostFault || signal.aborted) throw error;
        this.logger.warn(`values of tools cannot be reached: ${(error as Error).message}`);
        throw new HostFault('kv: values cannot be reached at the moment, try again later');
      }
    });
  }
}
