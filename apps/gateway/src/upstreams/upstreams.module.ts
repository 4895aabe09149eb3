import { Module } from '@nestjs/common';
import { ToolSearchModule } from '#gateway/tool-search/tool-search.module.js';
import { BRIDGING_PROVIDERS } from './bridging/bridging.providers.js';
import { ParkedCalls } from './bridging/parked-calls.js';
import { Credentials } from './credentials/credentials.js';
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
import { ReplicaNews } from './upstream-news.js';
import { UpstreamFactory, UpstreamRegistry } from './upstream-registry.js';
import { UpstreamMounts } from './upstream-mounts.js';
import { UpstreamOrigins } from './upstream-origin.js';
import { UpstreamParts } from './upstream-parts.service.js';
import { UpstreamsSource } from './upstreams.source.js';

const DEFINITIONS = [PINS, DefinitionReports, Definitions, DefinitionReviews];
const KINDS = [HttpConnections, SseConnections, StdioConnections, OpenApiConnections, UpstreamOpener, Watchdog];

/** Other people's MCP servers. */
@Module({
  imports: [ToolSearchModule],
  controllers: [DefinitionsController],
  providers: [
    ...KINDS,
    UpstreamOrigins,
    Credentials,
    ...DEFINITIONS,
    ...BRIDGING_PROVIDERS,
    ReplicaNews,
    UpstreamFactory,
    UpstreamRegistry,
    UpstreamsSource,
    UpstreamMounts,
    UpstreamParts,
  ],
  exports: [UpstreamRegistry, UpstreamsSource, UpstreamMounts, UpstreamParts, ParkedCalls],
})
export class UpstreamsModule {}
