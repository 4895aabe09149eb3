import { Module } from '@nestjs/common';
import { ToolSearchModule } from '#gateway/tool-search/tool-search.module.js';
import { ParkedCalls } from './bridging/parked-calls.js';
import { Credentials } from './credentials/credentials.js';
import { Definitions } from './definitions/definitions.js';
import { HttpConnections } from './kinds/http.upstream.js';
import { OpenApiConnections } from './kinds/openapi.upstream.js';
import { SseConnections } from './kinds/sse.upstream.js';
import { StdioConnections } from './kinds/stdio.upstream.js';
import { UpstreamOpener } from './open-upstream.js';
import { UpstreamFactory, UpstreamRegistry } from './upstream-registry.js';
import { UpstreamMounts } from './upstream-mounts.js';
import { ReplicaNews } from './upstream-news.js';
import { UpstreamOrigins } from './upstream-origin.js';
import { UpstreamParts } from './upstream-parts.service.js';
import { UpstreamsSource } from './upstreams.source.js';

const KINDS = [HttpConnections, SseConnections, StdioConnections, OpenApiConnections, UpstreamOpener];

/** Other people's MCP servers. */
@Module({
  imports: [ToolSearchModule],
  providers: [
    ...KINDS,
    UpstreamOrigins,
    Credentials,
    Definitions,
    ParkedCalls,
    ReplicaNews,
    UpstreamFactory,
    UpstreamRegistry,
    UpstreamsSource,
    UpstreamMounts,
    UpstreamParts,
  ],
  exports: [ReplicaNews, UpstreamRegistry, UpstreamsSource, UpstreamMounts, UpstreamParts],
})
export class UpstreamsModule {}
