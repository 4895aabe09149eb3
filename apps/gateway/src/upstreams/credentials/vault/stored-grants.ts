import { Injectable } from '@nestjs/common';
import { type ExpressionBuilder, sql } from 'kysely';
import type { Caller } from '#core/caller.js';
import { Database } from '#database/database.js';
import type { Tables } from '#database/tables.js';
import { type Connection, type Grant, type GrantKey, Grants, LEASE_SECONDS, type StoredGrant } from './grants.js';
import { VaultKeys } from './vault-keys.js';

const PURPOSE = 'upstream-grant';

/** In PostgreSQL, encrypted, for all replicas. */
@Injectable()
export class StoredGrants extends Grants {
  constructor(
    private readonly database: Database,
    private readonly keys: VaultKeys,
  ) {
    super();
  }

  async find(key: GrantKey): Promise<StoredGrant | undefined> {
    const row = await this.database
      .selectFrom('upstream_grants')
      .select(['sealed', 'version', 'authorization_server', 'resource'])
      .where(isAt(key))
      .executeTakeFirst();
    if (!row) return undefined;
    const text = this.keys.get().open(PURPOSE, row.sealed, bindingOf(key, row.authorization_server, row.resource));
    return text && { grant: JSON.parse(text.toString()) as Grant, version: row.version };
  }

  async put(key: GrantKey, grant: Grant): Promise<void> {
    const { tenant, issuer, subject, upstream } = key;
    const values = { ...this.columns(key, grant), connected_at: new Date() };
    await this.database
      .insertInto('upstream_grants')
      .values({ tenant, issuer, subject, upstream, ...values })
      .onConflict((conflict) =>
        conflict.columns(['tenant', 'issuer', 'subject', 'upstream']).doUpdateSet({
          ...values,
          version: sql`upstream_grants.version + 1`,
          lease_owner: null,
          lease_until: null,
          refreshed_at: null,
        }),
      )
      .execute();
  }

  async lease(key: GrantKey, version: number, owner: string): Promise<boolean> {
    const taken = await this.database
      .updateTable('upstream_grants')
      .set({ lease_owner: owner, lease_until: sql<Date>`now() + make_interval(secs => ${LEASE_SECONDS})` })
      .where(isAt(key))
      .where('version', '=', version)
      .where((row) => row.or([row('lease_until', 'is', null), row('lease_until', '<', sql<Date>`now()`)]))
      .returning('version')
      .executeTakeFirst();
    return taken !== undefined;
  }

  async renew(key: GrantKey, version: number, owner: string, grant: Grant): Promise<boolean> {
    const { numUpdatedRows } = await this.database
      .updateTable('upstream_grants')
      .set({
        ...this.columns(key, grant),
        version: version + 1,
        refreshed_at: new Date(),
        lease_owner: null,
        lease_until: null,
      })
      .where(isAt(key))
      .where('version', '=', version)
      .where('lease_owner', '=', owner)
      .executeTakeFirstOrThrow();
    return numUpdatedRows > 0n;
  }

  async release(key: GrantKey, owner: string): Promise<void> {
    await this.database
      .updateTable('upstream_grants')
      .set({ lease_owner: null, lease_until: null })
      .where(isAt(key))
      .where('lease_owner', '=', owner)
      .execute();
  }

  async remove(key: GrantKey, owner?: string): Promise<boolean> {
    const { numDeletedRows } = await this.database
      .deleteFrom('upstream_grants')
      .where(isAt(key))
      .$if(owner !== undefined, (query) => query.where('lease_owner', '=', owner!))
      .executeTakeFirstOrThrow();
    return numDeletedRows > 0n;
  }

  async list({ tenant, issuer, subject }: Caller): Promise<readonly Connection[]> {
    const rows = await this.database
      .selectFrom('upstream_grants')
      .select(['upstream', 'authorization_server', 'scopes', 'connected_at', 'refreshed_at', 'expires_at'])
      .where('tenant', '=', tenant)
      .where('issuer', '=', issuer)
      .where('subject', '=', subject)
      .orderBy('upstream')
      .execute();
    return rows.map((row) => ({
      upstream: row.upstream,
      authorizationServer: row.authorization_server,
      scopes: row.scopes,
      connectedAt: row.connected_at,
      refreshedAt: row.refreshed_at ?? undefined,
      expiresAt: row.expires_at ?? undefined,
    }));
  }

  async use(id: string, until: Date): Promise<boolean> {
    await this.database
      .deleteFrom('upstream_connect_uses')
      .where('until', '<', sql<Date>`now()`)
      .execute();
    const { numInsertedOrUpdatedRows } = await this.database
      .insertInto('upstream_connect_uses')
      .values({ id, until })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow();
    return (numInsertedOrUpdatedRows ?? 0n) > 0n;
  }

  private columns(key: GrantKey, grant: Grant) {
    const { authorizationServer, resource, scopes, expiresAt } = grant;
    const binding = bindingOf(key, authorizationServer, resource);
    return {
      authorization_server: authorizationServer,
      resource,
      scopes: [...scopes],
      sealed: this.keys.get().seal(PURPOSE, Buffer.from(JSON.stringify(grant)), binding),
      expires_at: expiresAt === undefined ? null : new Date(expiresAt),
    };
  }
}

/** A row that is moved to somebody else, or to another upstream, does not open there. */
const bindingOf = ({ tenant, issuer, subject, upstream }: GrantKey, server: string, resource: string): string =>
  JSON.stringify([tenant, issuer, subject, upstream, server, resource]);

const isAt =
  ({ tenant, issuer, subject, upstream }: GrantKey) =>
  (row: ExpressionBuilder<Tables, 'upstream_grants'>) =>
    row.and({ tenant, issuer, subject, upstream });
