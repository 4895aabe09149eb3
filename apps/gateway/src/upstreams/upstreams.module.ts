import { Module } from '@nestjs/common';
import { AuthModule } from '#gateway/auth/auth.module.js';
import { SealModule } from '#gateway/seal/seal.module.js';
import { ParkedCalls } from './bridging/parked-calls.js';
import { ConnectEndpoint } from './credentials/connect/connect.endpoint.js';
import { ConnectionsController } from './credentials/connect/connections.controller.js';
import { CREDENTIALS } from './credentials/credentials.providers.js';
import { Definitions } from './definitions/definitions.js';
import { HttpConnections } from './kinds/http.upstream.js';
import { OpenApiConnections } from './kinds/openapi.upstream.js';
import { SseConnections } from './kinds/sse.upstream.js';
import { StdioConnections } from './kinds/stdio.upstream.js';
import { UpstreamOpener } from './open-upstream.js';
import { UpstreamFactory, UpstreamRegistry } from './upstream-registry.js';
import { UpstreamMounts } from './upstream-mounts.js';
import { UpstreamOrigins } from './upstream-origin.js';
import { UpstreamsSource } from './upstreams.source.js';

const KINDS = [HttpConnections, SseConnections, StdioConnections, OpenApiConnections, UpstreamOpener];

/** Other people's MCP servers. */
@Module({
  imports: [AuthModule, SealModule],
  controllers: [ConnectionsController],
  providers: [
    ...KINDS,
    UpstreamOrigins,
    ...CREDENTIALS,
    Definitions,
    ParkedCalls,
    UpstreamFactory,
    UpstreamRegistry,
    UpstreamsSource,
    UpstreamMounts,
  ],
  exports: [ConnectEndpoint, UpstreamRegistry, UpstreamsSource, UpstreamMounts],
})
export class UpstreamsModule {}
