import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type Provider from 'oidc-provider';
import { aSigningKey } from './identity-provider.js';

export const CLIENT_SECRET = 'the-secret-of-a-client-of-this-test-01';
export const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** What was asked of the token endpoint. */
export interface TokenAsked {
  readonly grant: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly status: number;
}

/** Answers a request of its own instead of the provider, where it returns true. */
type Intercept = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * An authorisation server of upstreams on this machine: the certified `oidc-provider`, its pages to sign in included, and
 * the grant of RFC 8693, which it does not have.
 */
export class UpstreamAuthorizationServer implements AsyncDisposable {
  /** Seconds that its access tokens live. */
  lifetime = 3_600;
  readonly asked: TokenAsked[] = [];
  /** Every token that it has given, refresh tokens too. */
  readonly given: string[] = [];
  intercept: Intercept = () => false;
  /** Accounts, by the grants that they have given. */
  readonly #grants = new Map<string, string>();
  #provider: Provider | undefined;
  #exchanged = 0;
  #answer: (request: IncomingMessage, response: ServerResponse) => unknown = () => undefined;

  private constructor(
    private readonly server: Server,
    readonly issuer: string,
  ) {}

  static async start(): Promise<UpstreamAuthorizationServer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { default: OidcProvider } = await import('oidc-provider');
    const started = new UpstreamAuthorizationServer(server, issuer);
    started.#provider = started.provider(OidcProvider);
    started.#answer = started.#provider.callback();
    server.on('request', (request, response) => {
      if (!started.intercept(request, response)) started.#answer(request, response);
    });
    return started;
  }

  /** How often a grant was asked for, and given. */
  count(grant: string): number {
    return this.asked.filter((each) => each.grant === grant && each.status === 200).length;
  }

  /** Takes back everything that an account has let others do. */
  async takeBack(account: string): Promise<void> {
    const own = [...this.#grants].filter(([, owner]) => owner === account);
    await Promise.all(own.map(([id]) => this.#provider!.RefreshToken.revokeByGrantId(id)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private provider(OidcProvider: typeof Provider): Provider {
    const key = aSigningKey('RS256');
    const provider = new OidcProvider(this.issuer, {
      jwks: {
        keys: [{ ...key.privateKey.export({ format: 'jwk' }), kid: key.kid, alg: key.alg, use: 'sig' } as never],
      },
      clients: [
        {
          client_id: 'service',
          client_secret: CLIENT_SECRET,
          grant_types: ['client_credentials', EXCHANGE],
          redirect_uris: [],
          response_types: [],
        },
        {
          client_id: 'app',
          client_secret: CLIENT_SECRET,
          application_type: 'native',
          grant_types: ['authorization_code', 'refresh_token'],
          redirect_uris: ['http://127.0.0.1/connect/callback'],
          response_types: ['code'],
        },
      ],
      scopes: ['offline_access', 'notes:read', 'notes:write'],
      cookies: { keys: ['keys-of-nothing-but-this-test'] },
      findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
      ttl: { RefreshToken: 3_600, Grant: 3_600, Session: 3_600, Interaction: 600, AuthorizationCode: 60 },
      issueRefreshToken: (_context, client) => client.grantTypeAllowed('refresh_token'),
      rotateRefreshToken: true,
      features: {
        devInteractions: { enabled: true },
        clientCredentials: { enabled: true },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: (_context, resource) => ({
            scope: 'notes:read notes:write',
            audience: resource,
            accessTokenFormat: 'jwt',
            accessTokenTTL: this.lifetime,
            jwt: { sign: { alg: 'RS256', kid: key.kid } },
          }),
          useGrantedResource: () => true,
        },
      },
    });
    this.registerExchange(provider);
    provider.on('grant.success', ({ oidc }) => {
      const { Account, Grant } = oidc.entities;
      if (Account && Grant) this.#grants.set(Grant.jti, Account.accountId);
    });
    provider.use(async (context, next) => {
      await next();
      if (context.path !== '/token') return;
      const parameters = { ...(context.oidc?.params as Record<string, unknown> | undefined) };
      this.asked.push({ grant: String(parameters['grant_type']), parameters, status: context.status });
      const { access_token: access, refresh_token: refresh } = (context.body ?? {}) as Readonly<Record<string, string>>;
      this.given.push(...[access, refresh].filter((token) => token !== undefined));
    });
    return provider;
  }

  /** Whoever's token it is: it is told in the new one. */
  private registerExchange(provider: Provider): void {
    const parameters = ['subject_token', 'subject_token_type', 'requested_token_type', 'audience', 'resource', 'scope'];
    provider.registerGrantType(
      EXCHANGE,
      (context) => {
        const token = String(context.oidc.params?.['subject_token']);
        const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub: string };
        context.body = {
          access_token: `exchanged-for-${claims.sub}-${++this.#exchanged}`,
          issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
          token_type: 'Bearer',
          expires_in: this.lifetime,
        };
      },
      parameters,
    );
  }
}
