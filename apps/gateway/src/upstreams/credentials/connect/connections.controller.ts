import { Controller, Delete, Get, HttpCode, Param } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { AnyCaller, CurrentCaller } from '#gateway/auth/auth.decorators.js';
import { Answers } from '#gateway/http/answers.js';
import { Group } from '#gateway/http/documented.js';
import type { Static } from '#schema/schema.js';
import { ConnectionNotFound } from '../credentials.errors.js';
import { CredentialsMetrics } from '../credentials.metrics.js';
import { type Connection, grantKey, Grants } from '../vault/grants.js';
import { UserCredentials } from '../vault/user.credential.js';
import { ConnectAudit } from './connect-audit.js';
import { ConnectionList, ConnectionOut } from './connections.models.js';

/** The caller's own connections, and nobody else's. */
@Group('connections')
@Controller('v1/connections')
export class ConnectionsController {
  constructor(
    private readonly grants: Grants,
    private readonly users: UserCredentials,
    private readonly audit: ConnectAudit,
    private readonly metrics: CredentialsMetrics,
  ) {}

  @Get()
  @AnyCaller()
  @Answers(200, ConnectionList, 'What the caller lets the gateway do at upstreams, by name')
  async listConnections(@CurrentCaller() caller: Caller): Promise<Static<typeof ConnectionList>> {
    return { connections: (await this.grants.list(caller)).map(shown) };
  }

  @Delete(':upstream')
  @AnyCaller()
  @HttpCode(204)
  async deleteConnection(@CurrentCaller() caller: Caller, @Param('upstream') upstream: string): Promise<void> {
    const key = grantKey(caller, upstream);
    if (!(await this.users.remove(key))) throw new ConnectionNotFound(upstream);
    this.metrics.connect('disconnected');
    this.audit.record('upstream.disconnect', key);
  }
}

const shown = ({ upstream, authorizationServer, scopes, ...times }: Connection): Static<typeof ConnectionOut> => ({
  upstream,
  authorization_server: authorizationServer,
  scopes: [...scopes],
  connected_at: times.connectedAt.toISOString(),
  ...(times.refreshedAt && { refreshed_at: times.refreshedAt.toISOString() }),
  ...(times.expiresAt && { expires_at: times.expiresAt.toISOString() }),
});
