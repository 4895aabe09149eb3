import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type Provider from 'oidc-provider';
import { SCOPES } from '#gateway/auth/scopes.js';

export const AUDIENCE = 'urn:achilles:test';
const SECRET = 'a-secret-of-nothing-but-this-test';

/** A key that the provider signs with. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: 'RS256' | 'ES256';
  readonly privateKey: KeyObject;
}

/** How the address of the keys answers: as it should, or in one of the ways in which such things fail. */
export type Outage = 'none' | 'error' | 'hang' | 'redirect' | 'huge' | 'html' | 'empty';

// The provider reminds of what a production one should have. This one is thrown away.
for (const level of ['warn', 'info'] as const) {
  const say = console[level];
  console[level] = (...words: unknown[]) => (String(words[0]).startsWith('oidc-provider') ? undefined : say(...words));
}

let made = 0;

export function aSigningKey(alg: SigningKey['alg'] = 'RS256'): SigningKey {
  const { privateKey } =
    alg === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2_048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { kid: `key-${++made}`, alg, privateKey };
}

/** The public half of a key, as it stands in a key set. */
export const publicJwk = ({ kid, privateKey }: Omit<SigningKey, 'alg'>): Record<string, unknown> => ({
  ...createPublicKey(privateKey).export({ format: 'jwk' }),
  kid,
  use: 'sig',
});

/** What a test asks a token for. The subject is the name of the client. */
export interface TokenRequest {
  readonly tenant?: string;
  readonly tier?: string;
  readonly scopes?: readonly string[];
}

/** A real OpenID provider on this machine, whose keys can be changed and whose failures can be chosen. */
export class IdentityProvider implements AsyncDisposable {
  outage: Outage = 'none';
  /** Further entries of the key set, such as no good provider has. */
  alsoPublished: readonly unknown[] = [];
  /** How often the keys were asked for. */
  fetches = 0;
  #keys: SigningKey[] = [];
  #answer: (request: IncomingMessage, response: ServerResponse) => unknown = () => undefined;

  private constructor(
    private readonly server: Server,
    readonly issuer: string,
    readonly audience: string,
    private readonly OidcProvider: typeof Provider,
  ) {}

  static async start(audience = AUDIENCE): Promise<IdentityProvider> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    // Jest cannot load jose for the provider while it loads it for the gateway.
    const { default: OidcProvider } = await import('oidc-provider');
    const provider = new IdentityProvider(server, issuer, audience, OidcProvider);
    server.on('request', (request, response) => provider.serve(request, response));
    provider.publish([aSigningKey('RS256'), aSigningKey('ES256')]);
    return provider;
  }

  /** The settings of a gateway that takes its tokens. */
  get settings() {
    return {
      AUTH_MODE: 'jwt',
      AUTH_ISSUER: this.issuer,
      AUTH_JWKS_URL: this.jwksUrl,
      AUTH_AUDIENCE: this.audience,
      AUDIT_HMAC_KEY: 'K7vQ2m9Xz4Lw8Rt1Yp6Ns3Jd5Hf0Gb7Ca',
    };
  }

  get jwksUrl(): string {
    return `${this.issuer}/jwks`;
  }

  get keys(): readonly SigningKey[] {
    return this.#keys;
  }

  keyFor(alg: SigningKey['alg']): SigningKey {
    return this.#keys.find((key) => key.alg === alg)!;
  }

  /** Publishes these keys; of each algorithm the first signs. */
  publish(keys: SigningKey[]): void {
    this.#keys = keys;
    this.#answer = this.provider(keys).callback();
  }

  /** A token by client credentials, as any client gets one. */
  async token({ tenant = 'acme', tier = 'gold', scopes = SCOPES }: TokenRequest = {}): Promise<string> {
    const response = await fetch(`${this.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`ada:${SECRET}`).toString('base64')}` },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        scope: [...scopes, `tenant:${tenant}`, `tier:${tier}`].join(' '),
      }),
    });
    const { access_token: token, ...rest } = (await response.json()) as { access_token?: string };
    if (token === undefined) throw new Error(`the provider refused: ${JSON.stringify(rest)}`);
    return token;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.server.listening) return;
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  /** As an outage: nobody listens any more. */
  async stop(): Promise<void> {
    await this[Symbol.asyncDispose]();
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    if (request.url !== '/jwks') return void this.#answer(request, response);
    this.fetches++;
    switch (this.outage) {
      case 'none':
        if (this.alsoPublished.length === 0) return void this.#answer(request, response);
        return void response.end(JSON.stringify({ keys: [...this.#keys.map(publicJwk), ...this.alsoPublished] }));
      case 'hang':
        return;
      case 'error':
        return void response.writeHead(500).end('{"keys":[]}');
      case 'redirect':
        return void response.writeHead(302, { location: `${this.issuer}/jwks?elsewhere` }).end();
      case 'huge':
        return void response.end(JSON.stringify({ keys: [], padding: 'x'.repeat(300_000) }));
      case 'html':
        return void response.end('<html>');
      case 'empty':
        return void response.end('{"keys":[]}');
    }
  }

  /** Scopes `tenant:…` and `tier:…` become claims, so that one client can stand for everybody. */
  private provider(keys: readonly SigningKey[]): Provider {
    const jwks = keys.map(({ kid, alg, privateKey }) => ({
      ...privateKey.export({ format: 'jwk' }),
      kid,
      alg,
      use: 'sig',
    }));
    const signing = keys[0]!;
    return new this.OidcProvider(this.issuer, {
      jwks: { keys: jwks as never },
      clients: [
        {
          client_id: 'ada',
          client_secret: SECRET,
          grant_types: ['client_credentials'],
          redirect_uris: [],
          response_types: [],
        },
      ],
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => 'https://gateway.test/',
          getResourceServerInfo: (context) => ({
            scope: String(context.oidc.params?.['scope']),
            audience: this.audience,
            accessTokenFormat: 'jwt',
            accessTokenTTL: 3_600,
            jwt: { sign: { alg: signing.alg, kid: signing.kid } },
          }),
        },
      },
      extraTokenClaims: (_context, token) => {
        const granted = (token.scope ?? '').split(' ');
        const named = (prefix: string) => granted.find((scope) => scope.startsWith(prefix))?.slice(prefix.length);
        return { tenant: named('tenant:'), tier: named('tier:') };
      },
    });
  }
}
