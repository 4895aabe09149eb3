import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type * as OauthLibrary from 'oauth4webapi';
import { Clock } from '#observability/clock.js';
import type { Voucher } from '../../upstream-origin.js';
import { type Fetch, OauthFetch } from './oauth-fetch.js';

export type Oauth = typeof OauthLibrary;
type Metadata = OauthLibrary.AuthorizationServer;

/** Loaded when the first token is asked for: most gateways need none. */
export const loadOauth = (): Promise<Oauth> => import('oauth4webapi');

/** An authorisation server, and the way to it. */
export interface AuthorizationServer {
  readonly metadata: Metadata;
  readonly fetch: Fetch;
}

const BELIEVED_MS = 3_600_000;
const MOST_SERVERS = 256;

interface Remembered {
  readonly reading: Promise<AuthorizationServer>;
  readonly until: number;
}

/** What authorisation servers say of themselves (RFC 8414, OpenID Connect Discovery), read once an hour. */
@Injectable()
export class AuthorizationServers {
  private readonly known = new LRUCache<string, Remembered>({ max: MOST_SERVERS });

  constructor(
    private readonly oauth: OauthFetch,
    private readonly clock: Clock,
  ) {}

  /**
   * The server of this issuer.
   * @param trusted origins that may be called as `voucher` may have them called
   * @throws what oauth4webapi or the way there says; that the document names another issuer, too
   */
  discover(issuer: string, trusted: readonly string[], voucher: Voucher): Promise<AuthorizationServer> {
    const key = JSON.stringify([issuer, trusted, voucher]);
    const known = this.known.get(key);
    if (known && this.clock.now() < known.until) return known.reading;
    const reading = this.read(new URL(issuer), this.oauth.trusting(trusted, voucher));
    this.known.set(key, { reading, until: this.clock.now() + BELIEVED_MS });
    // What failed is not remembered: how often it is tried is for the caller to say.
    reading.catch(() => this.known.get(key)?.reading === reading && this.known.delete(key));
    return reading;
  }

  /** A server of which it is written where it gives tokens: nothing has to be found out. */
  at(tokenUrl: string, voucher: Voucher, issuer = new URL(tokenUrl).origin): AuthorizationServer {
    const fetch = this.oauth.trusting([new URL(tokenUrl).origin], voucher);
    return { metadata: { issuer, token_endpoint: tokenUrl }, fetch };
  }

  private async read(issuer: URL, fetch: Fetch): Promise<AuthorizationServer> {
    const oauth = await loadOauth();
    const ask = (algorithm: 'oauth2' | 'oidc') =>
      oauth.discoveryRequest(issuer, { algorithm, ...oauthOptions(oauth, fetch) });
    let response = await ask('oauth2');
    if (response.status >= 400 && response.status < 500) response = await ask('oidc');
    return { metadata: await oauth.processDiscoveryResponse(issuer, response), fetch };
  }
}

/** How oauth4webapi gets out. Which addresses may be plain http is judged there. */
export const oauthOptions = (oauth: Oauth, fetch: Fetch) => ({
  [oauth.customFetch]: fetch,
  [oauth.allowInsecureRequests]: true,
});
