import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import type { UpstreamSpec } from '#config/upstreams-file.js';
import { ConnectAudit, reasonOf } from '../connect/connect-audit.js';
import { UserServers } from '../connect/user-servers.js';
import { oauthErrorOf, TokenRequests } from '../oauth/token-requests.js';
import { type Grant, type GrantKey, Grants, type StoredGrant } from './grants.js';

const STORE_TRIES = 3;
const STORE_PAUSE_MS = 200;

/** The grant is good no more: its user has to connect again. */
export class GrantLost extends Error {}

/** Gets another access token for a grant, under a lease that the caller has taken: no other replica does so meanwhile. */
@Injectable()
export class GrantRefresh {
  private readonly logger = new Logger('Upstreams');

  constructor(
    private readonly grants: Grants,
    private readonly servers: UserServers,
    private readonly requests: TokenRequests,
    private readonly audit: ConnectAudit,
  ) {}

  /**
   * @returns undefined where somebody stored another one meanwhile
   * @throws GrantLost, when it has been removed; CredentialRefused or BackendUnavailable, when it has been left as it was
   */
  async renew(spec: UpstreamSpec, key: GrantKey, stored: StoredGrant, owner: string): Promise<StoredGrant | undefined> {
    let grant: Grant;
    try {
      grant = await this.refresh(spec, stored.grant);
    } catch (error) {
      this.audit.record('upstream.refresh', key, error instanceof GrantLost ? error.message : reasonOf(error));
      if (!(error instanceof GrantLost) && oauthErrorOf(error) !== 'invalid_grant') {
        await this.grants.release(key, owner);
        throw error;
      }
      await this.grants.remove(key, owner);
      throw new GrantLost('invalid_grant', { cause: error });
    }
    const isStored = await this.store(key, stored.version, owner, grant);
    return isStored ? { grant, version: stored.version + 1 } : undefined;
  }

  private async refresh(spec: UpstreamSpec, grant: Grant): Promise<Grant> {
    const { refreshToken } = grant;
    if (refreshToken === undefined) throw new GrantLost('no_refresh_token');
    const { server, client, resource } = await this.servers.of(spec);
    // A refresh token is for who gave it, and for nobody else who may stand in that place now.
    if (server.metadata.issuer !== grant.authorizationServer) throw new GrantLost('authorization_server_changed');
    if (client.id !== grant.clientId) throw new GrantLost('client_changed');
    const parameters = { refresh_token: refreshToken, resource };
    const token = await this.requests.ask(spec.name, () => server, client, 'refresh_token', parameters);
    return {
      ...grant,
      accessToken: token.value,
      refreshToken: token.refreshToken ?? refreshToken,
      expiresAt: finite(token.expiresAt),
      renewAt: finite(token.renewAt),
      scopes: token.scopes ?? grant.scopes,
    };
  }

  /** The server may have made the old refresh token worthless by now: this one must not be lost. */
  private async store(key: GrantKey, version: number, owner: string, grant: Grant): Promise<boolean> {
    for (let left = STORE_TRIES; ;) {
      try {
        return await this.grants.renew(key, version, owner, grant);
      } catch (error) {
        if (--left === 0) throw error;
        this.logger.warn(`a refreshed grant cannot be stored yet: ${(error as Error).message}`);
        await delay(STORE_PAUSE_MS);
      }
    }
  }
}

/** JSON knows no Infinity. */
export const finite = (time: number): number | undefined => (Number.isFinite(time) ? time : undefined);
