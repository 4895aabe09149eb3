import { Injectable } from '@nestjs/common';
import type { UpstreamAuth, UpstreamSpec } from '#config/upstreams-file.js';
import { Seal } from '#gateway/seal/seal.service.js';
import { Clock } from '#observability/clock.js';
import { CachedToken, type Token } from '../cached-token.js';
import { type AuthorizationServer, AuthorizationServers } from './authorization-servers.js';
import { type GrantedToken, TokenRequests } from './token-requests.js';

/** Tokens that the gateway gets as the client that the operator registered, with nobody at a page. */
@Injectable()
export class OwnGrants {
  constructor(
    private readonly servers: AuthorizationServers,
    private readonly requests: TokenRequests,
    private readonly seal: Seal,
    private readonly clock: Clock,
  ) {}

  /** @param auth whose members go with its kind @throws CredentialRefused, BackendUnavailable */
  ask(
    { name, origin }: UpstreamSpec,
    auth: UpstreamAuth,
    secret: string,
    grant: 'client_credentials' | 'token_exchange',
    parameters: Readonly<Record<string, string>>,
  ): Promise<GrantedToken> {
    const { scopes = [], audience, client_id: id } = auth;
    return this.requests.ask(name, () => this.serverOf(auth, origin), { id: id!, secret }, grant, {
      ...parameters,
      audience,
      scope: scopes.length > 0 ? scopes.join(' ') : undefined,
    });
  }

  cached(fetch: () => Promise<Token>): CachedToken {
    return new CachedToken(fetch, this.clock);
  }

  fingerprint(text: string): string {
    return this.seal.fingerprint(text);
  }

  private serverOf(
    { issuer, token_url }: UpstreamAuth,
    voucher: UpstreamSpec['origin'],
  ): AuthorizationServer | Promise<AuthorizationServer> {
    if (token_url !== undefined) return this.servers.at(token_url, voucher, issuer);
    return this.servers.discover(issuer!, [new URL(issuer!).origin], voucher);
  }
}
