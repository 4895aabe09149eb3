import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { UpstreamAuth, UpstreamSpec } from '#config/upstreams-file.js';
import type { Caller } from '#core/caller.js';
import { BackendUnavailable } from '#gateway/tools/tools.errors.js';
import { untilAborted } from '../cached-token.js';
import { ConnectTickets } from '../connect/connect-tickets.js';
import { authOf } from '../connect/user-servers.js';
import { type Credential, NO_CREDENTIAL } from '../credential.js';
import { bearerOf } from '../credential-source.js';
import { resourceOf } from '../oauth/resource-of.js';
import { UpstreamAddresses } from '../upstream-addresses.js';
import { ConnectNeeded } from '../../upstreams.errors.js';
import { GrantMemory, placeOf } from './grant-memory.js';
import { GrantLost, GrantRefresh } from './grant-refresh.js';
import { type Grant, type GrantKey, grantKey, Grants, type StoredGrant } from './grants.js';

/** While another replica refreshes: how often it is looked whether it has. */
const LOOKS = 200;
const LOOK_MS = 100;

/** What users have let the gateway do: read from the vault, refreshed once over all replicas. */
@Injectable()
export class UserCredentials {
  private readonly flights = new Map<string, Promise<Credential>>();

  constructor(
    private readonly grants: Grants,
    private readonly refresh: GrantRefresh,
    private readonly tickets: ConnectTickets,
    private readonly addresses: UpstreamAddresses,
    private readonly memory: GrantMemory,
  ) {}

  /** @throws ConnectNeeded, CredentialRefused, BackendUnavailable */
  of(spec: UpstreamSpec, caller: Caller | undefined, signal: AbortSignal): Credential | Promise<Credential> {
    if (!caller) return NO_CREDENTIAL;
    const key = grantKey(caller, spec.name);
    const known = this.memory.recall(key);
    if (known && this.fits(spec, known.grant)) return known.credential;
    const place = placeOf(key);
    let flight = this.flights.get(place);
    if (!flight) {
      flight = this.find(spec, caller, key).finally(() => this.flights.delete(place));
      this.flights.set(place, flight);
    }
    return untilAborted(flight, signal);
  }

  refused(spec: UpstreamSpec, caller: Caller | undefined, credential: Credential): boolean {
    const token = bearerOf(credential);
    return caller !== undefined && token !== undefined && this.memory.refused(grantKey(caller, spec.name), token);
  }

  /** In the place of what was there. */
  async store(key: GrantKey, grant: Grant): Promise<void> {
    await this.grants.put(key, grant);
    this.memory.forget(key);
  }

  /** @returns whether there was one */
  async remove(key: GrantKey): Promise<boolean> {
    const isRemoved = await this.grants.remove(key);
    this.memory.forget(key);
    return isRemoved;
  }

  private async find(spec: UpstreamSpec, caller: Caller, key: GrantKey): Promise<Credential> {
    const owner = randomUUID();
    try {
      for (let looks = 0; looks < LOOKS; looks++) {
        const stored = await this.grants.find(key);
        if (!stored || !this.fits(spec, stored.grant)) throw new GrantLost('none');
        if (this.memory.isFresh(key, stored.grant)) return this.memory.remember(key, stored.grant);
        const grant = await this.renewed(spec, key, stored, owner);
        if (grant) return this.memory.remember(key, grant);
        await delay(LOOK_MS * (0.5 + Math.random()));
      }
    } catch (error) {
      if (error instanceof GrantLost) throw new ConnectNeeded(spec.name, this.tickets.urlFor(caller, spec.name));
      throw error;
    }
    throw new BackendUnavailable(`the authorisation server of ${spec.name}`);
  }

  /** @returns what it is, where it need not be renewed or cannot be now; undefined where somebody else is at it */
  private async renewed(
    spec: UpstreamSpec,
    key: GrantKey,
    stored: StoredGrant,
    owner: string,
  ): Promise<Grant | undefined> {
    const { grant, version } = stored;
    const isUsable = this.memory.isUsable(key, grant);
    // Without a refresh token it is used as long as it lasts.
    if (isUsable && grant.refreshToken === undefined) return grant;
    const failure = this.memory.failureOf(key);
    if (failure) {
      if (isUsable) return grant;
      throw failure.error;
    }
    if (!(await this.grants.lease(key, version, owner))) return isUsable ? grant : undefined;
    try {
      return (await this.refresh.renew(spec, key, stored, owner))?.grant;
    } catch (error) {
      if (error instanceof GrantLost) throw error;
      this.memory.failed(key, error);
      if (isUsable) return grant;
      throw error;
    }
  }

  /** What was granted for something else is not used: another address, another server, other scopes, another client. */
  private fits(spec: UpstreamSpec, grant: Grant): boolean {
    const { issuer, client_id, scopes }: Partial<UpstreamAuth> = authOf(spec);
    const address = this.addresses.of(spec);
    return (
      address !== undefined &&
      grant.resource === resourceOf(address) &&
      (issuer === undefined || isSameIssuer(issuer, grant.authorizationServer)) &&
      (client_id === undefined || client_id === grant.clientId) &&
      (scopes === undefined || scopes.every((scope) => grant.requested.includes(scope)))
    );
  }
}

/** As URLs: a server may write its name with a slash at the end, and its operator without. */
const isSameIssuer = (a: string, b: string): boolean =>
  a === b || (URL.canParse(a) && URL.canParse(b) && new URL(a).href === new URL(b).href);
