import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { UpstreamAuth, UpstreamSpec } from '#config/upstreams-file.js';
import type { Caller } from '#core/caller.js';
import type { CallerTokens } from '#gateway/auth/caller-tokens.js';
import type { CachedToken, Token } from './cached-token.js';
import { bearer, bearerOf, type CredentialSource } from './credential-source.js';
import { type Credential, NO_CREDENTIAL } from './credential.js';
import { CredentialMissing, TokenNeeded } from './credentials.errors.js';
import type { OwnGrants } from './oauth/own-grants.js';
import { resourceOf } from './oauth/resource-of.js';
import type { Secret } from './secrets.js';

/** What both kinds of grant that the gateway gets in its own right have in common. */
abstract class OauthCredential implements CredentialSource {
  private readonly shown = new WeakMap<Token, Credential>();

  /** @param address where the upstream is */
  constructor(
    protected readonly spec: UpstreamSpec,
    protected readonly auth: UpstreamAuth,
    private readonly address: string,
    private readonly secret: Secret,
    protected readonly grants: OwnGrants,
  ) {}

  abstract of(caller: Caller | undefined, signal: AbortSignal): Credential | Promise<Credential>;
  abstract refused(caller: Caller | undefined, credential: Credential): boolean;

  protected ask(grant: 'client_credentials' | 'token_exchange', more: Readonly<Record<string, string>>) {
    const secret = this.secret.value;
    if (secret === undefined) return Promise.reject(new CredentialMissing(this.spec.name));
    return this.grants.ask(this.spec, this.auth, secret, grant, { ...more, resource: resourceOf(this.address) });
  }

  /** Its key says who the gateway is there, and for whom: it stays the same when a token is renewed. */
  protected show(token: Token, principal: readonly string[]): Credential {
    let credential = this.shown.get(token);
    if (!credential) {
      const { kind, client_id, issuer, token_url, scopes, audience } = this.auth;
      const who = [kind, client_id, this.secret.value, issuer, token_url, scopes, audience, this.address];
      credential = bearer(this.grants.fingerprint(JSON.stringify([...who, ...principal])), token.value);
      this.shown.set(token, credential);
    }
    return credential;
  }
}

/** The gateway in its own name: RFC 6749, 4.4. */
export class ClientCredentials extends OauthCredential {
  private readonly token = this.grants.cached(() => this.ask('client_credentials', {}));

  of(_caller: Caller | undefined, signal: AbortSignal): Credential | Promise<Credential> {
    const token = this.token.get(signal);
    return token instanceof Promise ? token.then((got) => this.show(got, [])) : this.show(token, []);
  }

  refused(_caller: Caller | undefined, credential: Credential): boolean {
    return this.token.refused(bearerOf(credential));
  }
}

/** Tokens of users that are remembered at once; others are exchanged again. */
const MOST_USERS = 5_000;

/**
 * The caller in its own name: its token is exchanged for one that the upstream takes (RFC 8693). It goes to the
 * authorisation server, and never to the upstream.
 */
export class TokenExchange extends OauthCredential {
  private readonly tokens = new LRUCache<string, CachedToken>({ max: MOST_USERS });

  constructor(
    private readonly callers: CallerTokens,
    ...parts: ConstructorParameters<typeof OauthCredential>
  ) {
    super(...parts);
  }

  /** @throws TokenNeeded */
  of(caller: Caller | undefined, signal: AbortSignal): Credential | Promise<Credential> {
    // The gateway itself has no token to exchange.
    if (!caller) return NO_CREDENTIAL;
    const subject = this.callers.of(caller);
    if (subject === undefined) throw new TokenNeeded(this.spec.name);
    const token = this.tokenFor(caller, subject).get(signal);
    const { issuer, subject: name, tenant } = caller;
    const show = (got: Token) => this.show(got, [issuer, name, tenant]);
    return token instanceof Promise ? token.then(show) : show(token);
  }

  refused(caller: Caller | undefined, credential: Credential): boolean {
    const subject = caller && this.callers.of(caller);
    if (subject === undefined) return false;
    return this.tokens.get(placeOf(caller!, subject))?.refused(bearerOf(credential)) ?? false;
  }

  private tokenFor(caller: Caller, subject: string): CachedToken {
    const place = placeOf(caller, subject);
    let token = this.tokens.get(place);
    if (!token) {
      const exchange = () =>
        this.ask('token_exchange', {
          subject_token: subject,
          subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
          requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        });
      token = this.grants.cached(exchange);
      this.tokens.set(place, token);
    }
    return token;
  }
}

const placeOf = ({ issuer, subject, tenant }: Caller, token: string): string =>
  hash('sha256', JSON.stringify([issuer, subject, tenant, token]), 'base64');
