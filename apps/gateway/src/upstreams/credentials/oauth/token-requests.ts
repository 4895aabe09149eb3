import { Injectable } from '@nestjs/common';
import type { ClientAuth, TokenEndpointResponse } from 'oauth4webapi';
import { tokenIn } from '#config/backend-entry.js';
import { AddressRefused } from '#egress/egress.errors.js';
import { AppError } from '#errors/app-error.js';
import { BackendUnavailable } from '#gateway/tools/tools.errors.js';
import { Clock } from '#observability/clock.js';
import { timesOf, type Token } from '../cached-token.js';
import { CredentialRefused } from '../credentials.errors.js';
import { CredentialsMetrics, type GrantType } from '../credentials.metrics.js';
import { type AuthorizationServer, loadOauth, type Oauth, oauthOptions } from './authorization-servers.js';

/** As whom the gateway asks. */
export interface OauthClient {
  readonly id: string;
  /** Undefined: of a public client. */
  readonly secret: string | undefined;
}

export interface GrantedToken extends Token {
  readonly refreshToken: string | undefined;
  /** As the server says; undefined: as they were asked for. */
  readonly scopes: readonly string[] | undefined;
}

const GRANT_NAMES: Readonly<Record<GrantType, string>> = {
  client_credentials: 'client_credentials',
  token_exchange: 'urn:ietf:params:oauth:grant-type:token-exchange',
  authorization_code: 'authorization_code',
  refresh_token: 'refresh_token',
};

/** Error codes of OAuth: what a server says beyond that may be anything. */
const ERROR_CODE = /^[a-z_]{1,64}$/;

/** One way to ask for a token, whatever for. */
@Injectable()
export class TokenRequests {
  constructor(
    private readonly clock: Clock,
    private readonly metrics: CredentialsMetrics,
  ) {}

  /**
   * @param upstream for whom, in errors
   * @throws CredentialRefused when the server says no, `oauthError` of it tells why; BackendUnavailable when it is away
   */
  async ask(
    upstream: string,
    server: () => AuthorizationServer | Promise<AuthorizationServer>,
    client: OauthClient,
    grant: GrantType,
    parameters: Readonly<Record<string, string | undefined>>,
  ): Promise<GrantedToken> {
    try {
      const token = await this.exchange(await server(), client, grant, parameters);
      this.metrics.asked(grant, 'granted');
      return token;
    } catch (error) {
      const failure = failureOf(upstream, error);
      this.metrics.asked(grant, failure instanceof CredentialRefused ? 'refused' : 'unavailable');
      throw failure;
    }
  }

  private async exchange(
    { metadata, fetch }: AuthorizationServer,
    { id, secret }: OauthClient,
    grant: GrantType,
    parameters: Readonly<Record<string, string | undefined>>,
  ): Promise<GrantedToken> {
    const oauth = await loadOauth();
    const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const client = { client_id: id };
    const now = this.clock.now();
    const response = await oauth.genericTokenEndpointRequest(
      metadata,
      client,
      authOf(oauth, metadata.token_endpoint_auth_methods_supported, secret),
      GRANT_NAMES[grant],
      given,
      oauthOptions(oauth, fetch),
    );
    const answer = await oauth.processGenericTokenEndpointResponse(metadata, client, response);
    return tokenOf(answer, now);
  }
}

function authOf(oauth: Oauth, supported: readonly string[] | undefined, secret: string | undefined): ClientAuth {
  if (secret === undefined) return oauth.None();
  const isPostOnly = supported?.includes('client_secret_basic') === false && supported.includes('client_secret_post');
  return isPostOnly ? oauth.ClientSecretPost(secret) : oauth.ClientSecretBasic(secret);
}

function tokenOf(answer: TokenEndpointResponse, now: number): GrantedToken {
  if (answer.token_type !== 'bearer') throw new Unusable('it gives no bearer token');
  const value = tokenIn(answer.access_token);
  if (value === undefined) throw new Unusable('its token cannot be sent in a header');
  return {
    value,
    ...timesOf(now, answer.expires_in),
    refreshToken: answer.refresh_token,
    scopes: answer.scope?.split(' ').filter(Boolean),
  };
}

/** What a server answered is no use. */
class Unusable extends Error {}

/** What an authorisation server's failure means for a call. Nothing of what it said is told but an error code. */
export function failureOf(upstream: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof Unusable) return new CredentialRefused(upstream, error.message);
  if (error instanceof AddressRefused)
    return new CredentialRefused(upstream, `its address is refused, ${error.reason}`);
  const { code, status, cause } = error as { code?: unknown; status?: unknown; cause?: unknown };
  const isProtocol = typeof code === 'string' && code.startsWith('OAUTH_');
  const answered = cause instanceof Response ? cause.status : status;
  if (!isProtocol || (typeof answered === 'number' && (answered >= 500 || answered === 429))) {
    return new BackendUnavailable(`the authorisation server of ${upstream}`, isProtocol ? undefined : error);
  }
  // A challenge comes with 401 alone, which of a token endpoint means that it does not know the gateway.
  const said = code === 'OAUTH_WWW_AUTHENTICATE_CHALLENGE' ? 'invalid_client' : (error as { error?: unknown }).error;
  const isCode = typeof said === 'string' && ERROR_CODE.test(said);
  const refusal = new CredentialRefused(upstream, isCode ? said : 'its answer is not what the protocol wants');
  oauthErrors.set(refusal, isCode ? said : undefined);
  return refusal;
}

const oauthErrors = new WeakMap<AppError, string | undefined>();

/** The error code that a server refused with, as `invalid_grant`; undefined for every other failure. */
export const oauthErrorOf = (error: unknown): string | undefined =>
  error instanceof AppError ? oauthErrors.get(error) : undefined;
