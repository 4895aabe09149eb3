import { Module } from '@nestjs/common';
import { AuthModule } from '#gateway/auth/auth.module.js';
import { ReplicasModule } from '#gateway/replicas/replicas.module.js';
import { SealModule } from '#gateway/seal/seal.module.js';
import { ToolSearchModule } from '#gateway/tool-search/tool-search.module.js';
import { StoredUpstreams } from './admin/stored-upstreams.js';
import { UpstreamStore } from './admin/upstream-store.js';
import { ConnectEndpoint } from './credentials/connect/connect.endpoint.js';
import { ConnectionsController } from './credentials/connect/connections.controller.js';
import { CREDENTIALS } from './credentials/credentials.providers.js';
import { Credentials } from './credentials/credentials.js';
import { BRIDGING_PROVIDERS } from './bridging/bridging.providers.js';
import { ParkedCalls } from './bridging/parked-calls.js';
import { DefinitionReports } from './definitions/definition-reports.js';
import { DefinitionReviews } from './definitions/definition-reviews.js';
import { DefinitionsController } from './definitions/definitions.controller.js';
import { Definitions } from './definitions/definitions.js';
import { PINS } from './definitions/pins/pins.provider.js';
import { HttpConnections } from './kinds/http.upstream.js';
import { OpenApiConnections } from './kinds/openapi.upstream.js';
import { SseConnections } from './kinds/sse.upstream.js';
import { StdioConnections } from './kinds/stdio.upstream.js';
import { Watchdog } from './kinds/stdio/watchdog.js';
import { UpstreamOpener } from './open-upstream.js';
import { UpstreamFactory, UpstreamRegistry } from './upstream-registry.js';
import { UpstreamMounts } from './upstream-mounts.js';
import { UpstreamOrigins } from './upstream-origin.js';
import { UpstreamParts } from './upstream-parts.service.js';
import { UpstreamStates } from './upstream-states.service.js';
import { UpstreamMetrics } from './upstreams.metrics.js';
import { UpstreamsSource } from './upstreams.source.js';

const DEFINITIONS = [PINS, DefinitionReports, Definitions, DefinitionReviews];
const KINDS = [HttpConnections, SseConnections, StdioConnections, OpenApiConnections, UpstreamOpener, Watchdog];
const STORE = [StoredUpstreams, { provide: UpstreamStore, useExisting: StoredUpstreams }];

/** Other people's MCP servers. */
@Module({
  imports: [AuthModule, ReplicasModule, SealModule, ToolSearchModule],
  controllers: [DefinitionsController, ConnectionsController],
  providers: [
    ...KINDS,
    ...STORE,
    ...CREDENTIALS,
    ...DEFINITIONS,
    ...BRIDGING_PROVIDERS,
    UpstreamFactory,
    UpstreamMetrics,
    UpstreamOrigins,
    UpstreamRegistry,
    UpstreamStates,
    UpstreamsSource,
    UpstreamMounts,
    UpstreamParts,
  ],
  exports: [
    ConnectEndpoint,
    Credentials,
    ParkedCalls,
    StoredUpstreams,
    UpstreamMounts,
    UpstreamOpener,
    UpstreamParts,
    UpstreamRegistry,
    UpstreamStates,
    UpstreamsSource,
  ],
})
export class UpstreamsModule {}
