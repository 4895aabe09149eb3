import type { Caller } from '#core/caller.js';

/** Whose grant, at which upstream. */
export interface GrantKey {
  readonly tenant: string;
  readonly issuer: string;
  readonly subject: string;
  readonly upstream: string;
}

export const grantKey = ({ tenant, issuer, subject }: Caller, upstream: string): GrantKey => ({
  tenant,
  issuer,
  subject,
  upstream,
});

/** What a user has let the gateway do, as an authorisation server gave it. */
export interface Grant {
  /** A new one with each connection: a conversation that one of them began is not gone on with in another. */
  readonly id: string;
  /** Its issuer. */
  readonly authorizationServer: string;
  /** What the token is for: the upstream's address. */
  readonly resource: string;
  readonly clientId: string;
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  /** Milliseconds since the epoch; undefined where the server did not say. */
  readonly expiresAt: number | undefined;
  readonly renewAt: number | undefined;
  /** What was asked for … */
  readonly requested: readonly string[];
  /** … and what was given. */
  readonly scopes: readonly string[];
}

export interface StoredGrant {
  readonly grant: Grant;
  /** Counts what has been stored in this place. */
  readonly version: number;
}

/** A connection as its user may see it. */
export interface Connection {
  readonly upstream: string;
  readonly authorizationServer: string;
  readonly scopes: readonly string[];
  readonly connectedAt: Date;
  readonly refreshedAt: Date | undefined;
  readonly expiresAt: Date | undefined;
}

/** How long a process may take to refresh a grant before another one may try. */
export const LEASE_SECONDS = 30;

/**
 * Where grants are kept. All replicas see the same, where there is a database. Whoever refreshes has a lease, which is
 * no transaction: nothing is held while the authorisation server is asked.
 */
export abstract class Grants {
  /** @returns undefined where there is none, or where it cannot be decrypted */
  abstract find(key: GrantKey): Promise<StoredGrant | undefined>;
  /** In the place of what was there. */
  abstract put(key: GrantKey, grant: Grant): Promise<void>;
  /** @returns false where it is another one by now, or somebody else has the lease */
  abstract lease(key: GrantKey, version: number, owner: string): Promise<boolean>;
  /** Stores what was refreshed under a lease, and ends the lease. @returns false where it came too late */
  abstract renew(key: GrantKey, version: number, owner: string, grant: Grant): Promise<boolean>;
  abstract release(key: GrantKey, owner: string): Promise<void>;
  /** @param owner only while this one has the lease; left out: in any case @returns whether there was one */
  abstract remove(key: GrantKey, owner?: string): Promise<boolean>;
  abstract list(caller: Caller): Promise<readonly Connection[]>;
  /** @returns true the first time, over all replicas */
  abstract use(id: string, until: Date): Promise<boolean>;
}
