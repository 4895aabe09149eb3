import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Caller } from '#core/caller.js';
import { type Connection, type Grant, type GrantKey, Grants, type StoredGrant } from './grants.js';

const MOST_GRANTS = 10_000;
const MOST_USES = 10_000;

interface Kept extends StoredGrant {
  readonly key: GrantKey;
  readonly connectedAt: Date;
  readonly refreshedAt: Date | undefined;
  lease: string | undefined;
}

/** In this process, where there is no database: users connect again after a start, and with each replica. */
@Injectable()
export class MemoryGrants extends Grants {
  private readonly grants = new LRUCache<string, Kept>({ max: MOST_GRANTS });
  private readonly uses = new LRUCache<string, true>({ max: MOST_USES });

  find(key: GrantKey): Promise<StoredGrant | undefined> {
    return Promise.resolve(this.grants.get(placeOf(key)));
  }

  put(key: GrantKey, grant: Grant): Promise<void> {
    const version = (this.grants.get(placeOf(key))?.version ?? 0) + 1;
    const kept: Kept = { key, grant, version, connectedAt: new Date(), refreshedAt: undefined, lease: undefined };
    this.grants.set(placeOf(key), kept);
    return Promise.resolve();
  }

  lease(key: GrantKey, version: number, owner: string): Promise<boolean> {
    const kept = this.grants.get(placeOf(key));
    const isFree = kept?.version === version && kept.lease === undefined;
    if (isFree) kept.lease = owner;
    return Promise.resolve(isFree);
  }

  renew(key: GrantKey, version: number, owner: string, grant: Grant): Promise<boolean> {
    const kept = this.grants.get(placeOf(key));
    const isHeld = kept?.version === version && kept.lease === owner;
    if (isHeld) {
      const renewed: Kept = { ...kept, grant, version: version + 1, refreshedAt: new Date(), lease: undefined };
      this.grants.set(placeOf(key), renewed);
    }
    return Promise.resolve(isHeld);
  }

  release(key: GrantKey, owner: string): Promise<void> {
    const kept = this.grants.get(placeOf(key));
    if (kept?.lease === owner) kept.lease = undefined;
    return Promise.resolve();
  }

  remove(key: GrantKey, owner?: string): Promise<boolean> {
    const kept = this.grants.get(placeOf(key));
    const isMeant = kept !== undefined && (owner === undefined || kept.lease === owner);
    return Promise.resolve(isMeant && this.grants.delete(placeOf(key)));
  }

  list({ tenant, issuer, subject }: Caller): Promise<readonly Connection[]> {
    const own = [...this.grants.values()].filter(
      ({ key }) => key.tenant === tenant && key.issuer === issuer && key.subject === subject,
    );
    const connections = own.map(({ key, grant, connectedAt, refreshedAt }) => ({
      upstream: key.upstream,
      authorizationServer: grant.authorizationServer,
      scopes: grant.scopes,
      connectedAt,
      refreshedAt,
      expiresAt: grant.expiresAt === undefined ? undefined : new Date(grant.expiresAt),
    }));
    return Promise.resolve(connections.sort((a, b) => (a.upstream < b.upstream ? -1 : 1)));
  }

  use(id: string): Promise<boolean> {
    const isFirst = !this.uses.has(id);
    this.uses.set(id, true);
    return Promise.resolve(isFirst);
  }
}

const placeOf = ({ tenant, issuer, subject, upstream }: GrantKey): string =>
  JSON.stringify([tenant, issuer, subject, upstream]);
