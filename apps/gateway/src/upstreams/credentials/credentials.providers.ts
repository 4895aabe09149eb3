import type { Provider } from '@nestjs/common';
import { Database } from '#database/database.js';
import { ConnectAudit } from './connect/connect-audit.js';
import { ConnectEndpoint } from './connect/connect.endpoint.js';
import { ConnectArrival } from './connect/connect-arrival.js';
import { ConnectDeparture } from './connect/connect-departure.js';
import { ConnectFlows } from './connect/connect-flows.js';
import { ConnectTickets } from './connect/connect-tickets.js';
import { GatewayAddress } from './connect/gateway-address.js';
import { UserServers } from './connect/user-servers.js';
import { UserUpstreams } from './connect/user-upstreams.js';
import { CredentialSources } from './credential-sources.js';
import { Credentials } from './credentials.js';
import { CredentialsMetrics } from './credentials.metrics.js';
import { AuthorizationServers } from './oauth/authorization-servers.js';
import { OwnGrants } from './oauth/own-grants.js';
import { OauthFetch } from './oauth/oauth-fetch.js';
import { ProtectedResources } from './oauth/protected-resources.js';
import { TokenRequests } from './oauth/token-requests.js';
import { Secrets } from './secrets.js';
import { UpstreamAddresses } from './upstream-addresses.js';
import { GrantMemory } from './vault/grant-memory.js';
import { GrantRefresh } from './vault/grant-refresh.js';
import { Grants } from './vault/grants.js';
import { MemoryGrants } from './vault/memory-grants.js';
import { StoredGrants } from './vault/stored-grants.js';
import { UserCredentials } from './vault/user.credential.js';
import { VaultKeys } from './vault/vault-keys.js';

const OAUTH = [OauthFetch, AuthorizationServers, ProtectedResources, TokenRequests, OwnGrants];
const CONNECT = [
  ConnectAudit,
  ConnectTickets,
  GatewayAddress,
  UserServers,
  UserUpstreams,
  ConnectFlows,
  ConnectDeparture,
  ConnectArrival,
  ConnectEndpoint,
];
const VAULT: Provider[] = [
  VaultKeys,
  GrantMemory,
  GrantRefresh,
  UserCredentials,
  {
    provide: Grants,
    inject: [VaultKeys, { token: Database, optional: true }],
    // A remote Core leaves the gateway without a database.
    useFactory: (keys: VaultKeys, database?: Database) =>
      database ? new StoredGrants(database, keys) : new MemoryGrants(),
  },
];

/** What upstreams are shown. */
export const CREDENTIALS: readonly Provider[] = [
  CredentialsMetrics,
  Secrets,
  UpstreamAddresses,
  ...OAUTH,
  ...CONNECT,
  ...VAULT,
  CredentialSources,
  Credentials,
];
