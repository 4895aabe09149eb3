import { Injectable } from '@nestjs/common';
import { loadOauth } from '../oauth/authorization-servers.js';
import { resourceOf } from '../oauth/resource-of.js';
import { TokenRequests } from '../oauth/token-requests.js';
import { finite } from '../vault/grant-refresh.js';
import type { Grant } from '../vault/grants.js';
import { UserCredentials } from '../vault/user.credential.js';
import { astray, ConnectFlows, type CookieOf, type Flow } from './connect-flows.js';
import { type UserServer, UserServers } from './user-servers.js';
import { UserUpstreams } from './user-upstreams.js';

/** The user said no, or the server did. The message is an error code of OAuth. */
export class AuthorisationDenied extends Error {}

/** The way back from the authorisation server: the code becomes a grant. */
@Injectable()
export class ConnectArrival {
  constructor(
    private readonly upstreams: UserUpstreams,
    private readonly servers: UserServers,
    private readonly requests: TokenRequests,
    private readonly users: UserCredentials,
    private readonly flows: ConnectFlows,
  ) {}

  /** Whose answer it is. A second time it is nobody's. @throws ConnectRefused */
  open(parameters: URLSearchParams, cookieOf: CookieOf): Promise<Flow> {
    return this.flows.end(parameters, cookieOf);
  }

  /** @throws ConnectRefused, AuthorisationDenied, CredentialRefused, BackendUnavailable */
  async finish(flow: Flow, parameters: URLSearchParams): Promise<void> {
    const named = this.upstreams.named(flow.upstream);
    if (!named) throw astray();
    const user = await this.servers.of(named.spec);
    const { server, client } = user;
    if (server.metadata.issuer !== flow.server || client.id !== flow.client) throw astray();
    const code = await codeOf(user, parameters, flow.state);
    const token = await this.requests.ask(flow.upstream, () => server, client, 'authorization_code', {
      code,
      redirect_uri: flow.callback,
      code_verifier: flow.verifier,
      resource: user.resource,
    });
    const grant: Grant = {
      id: flow.id,
      authorizationServer: server.metadata.issuer,
      resource: resourceOf(named.address),
      clientId: client.id,
      accessToken: token.value,
      refreshToken: token.refreshToken,
      expiresAt: finite(token.expiresAt),
      renewAt: finite(token.renewAt),
      requested: flow.scopes,
      scopes: token.scopes ?? flow.scopes,
    };
    await this.users.store(flow, grant);
  }
}

/** Checks `state`, and that the answer is of the server that was asked (RFC 9207). @throws ConnectRefused, AuthorisationDenied */
async function codeOf({ server, client }: UserServer, parameters: URLSearchParams, state: string): Promise<string> {
  const oauth = await loadOauth();
  try {
    const checked = oauth.validateAuthResponse(server.metadata, { client_id: client.id }, parameters, state);
    const [code, another] = checked.getAll('code');
    if (code !== undefined && code !== '' && another === undefined) return code;
  } catch (error) {
    if (error instanceof oauth.AuthorizationResponseError) {
      throw new AuthorisationDenied(/^[a-z_]{1,64}$/.test(error.error) ? error.error : 'server_error');
    }
  }
  throw astray();
}
