import { Injectable } from '@nestjs/common';
import type { UpstreamSpec } from '#config/upstreams-file.js';
import { type AuthorizationServer, AuthorizationServers } from '../oauth/authorization-servers.js';
import { isSafe } from '../oauth/oauth-fetch.js';
import { ProtectedResources, ResourceSilent } from '../oauth/protected-resources.js';
import { resourceOf } from '../oauth/resource-of.js';
import { failureOf, type OauthClient } from '../oauth/token-requests.js';
import { CredentialMissing, CredentialRefused } from '../credentials.errors.js';
import { Secrets } from '../secrets.js';
import { UpstreamAddresses } from '../upstream-addresses.js';
import { GatewayAddress } from './gateway-address.js';

/** Who gives tokens of users for an upstream, and what is asked of it. */
export interface UserServer {
  readonly server: AuthorizationServer;
  readonly client: OauthClient;
  readonly resource: string;
  readonly scopes: readonly string[];
}

/** Finds the authorisation server of an upstream, and decides who the gateway is there. */
@Injectable()
export class UserServers {
  constructor(
    private readonly servers: AuthorizationServers,
    private readonly resources: ProtectedResources,
    private readonly secrets: Secrets,
    private readonly addresses: UpstreamAddresses,
    private readonly gateway: GatewayAddress,
  ) {}

  /** @throws CredentialRefused, CredentialMissing, BackendUnavailable */
  async of(spec: UpstreamSpec): Promise<UserServer> {
    try {
      const { issuer, trusted, resource, scopes } = await this.place(spec);
      const server = await this.servers.discover(issuer, trusted, spec.origin);
      checkServer(spec, server);
      return { server, client: this.clientAt(spec, server), resource, scopes };
    } catch (error) {
      if (error instanceof ResourceSilent) throw new CredentialRefused(spec.name, error.message);
      throw failureOf(spec.name, error);
    }
  }

  private async place(spec: UpstreamSpec) {
    const auth = authOf(spec);
    const address = this.addresses.of(spec);
    if (address === undefined) throw new CredentialMissing(spec.name);
    if (auth.issuer !== undefined) {
      const trusted = [new URL(auth.issuer).origin];
      return { issuer: auth.issuer, trusted, resource: resourceOf(address), scopes: auth.scopes ?? [] };
    }
    const { issuer, resource, scopes } = await this.resources.of(address, spec.origin);
    return { issuer, trusted: [new URL(address).origin], resource, scopes: auth.scopes ?? scopes };
  }

  private clientAt(spec: UpstreamSpec, { metadata }: AuthorizationServer): OauthClient {
    const auth = authOf(spec);
    if (auth.client_id !== undefined) {
      const secret = this.secrets.of(auth, 'client_secret');
      if (secret && secret.value === undefined) throw new CredentialMissing(spec.name);
      return { id: auth.client_id, secret: secret?.value };
    }
    const document = this.gateway.clientDocument;
    if (document === undefined || metadata['client_id_metadata_document_supported'] !== true) {
      throw new CredentialRefused(spec.name, 'it needs a client_id, and none is configured');
    }
    return { id: document, secret: undefined };
  }
}

/** Of an upstream whose kind of credential is `user`. */
export const authOf = (spec: UpstreamSpec) =>
  'auth' in spec && spec.auth !== undefined ? spec.auth : { kind: 'none' as const };

/** What a server must offer: with PKCE a code is of no use to who steals it. */
function checkServer({ name }: UpstreamSpec, { metadata }: AuthorizationServer): void {
  const { authorization_endpoint: page, token_endpoint, code_challenge_methods_supported: methods } = metadata;
  if (typeof token_endpoint !== 'string' || typeof page !== 'string' || !URL.canParse(page) || !isSafe(new URL(page))) {
    throw new CredentialRefused(name, 'its metadata name no safe place to ask');
  }
  if (methods?.includes('S256') !== true) throw new CredentialRefused(name, 'it does not offer PKCE with S256');
}
