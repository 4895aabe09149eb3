import { Injectable } from '@nestjs/common';
import type { UpstreamSpec } from '#config/upstreams-file.js';
import { HttpConnections } from './kinds/http.upstream.js';
import { OpenApiConnections } from './kinds/openapi.upstream.js';
import { SseConnections } from './kinds/sse.upstream.js';
import { StdioConnections } from './kinds/stdio.upstream.js';
import { UnusableConnection } from './unusable-connection.js';
import type { UpstreamConnection } from './upstream-connection.js';

/** Every kind of upstream, and who speaks to it. */
@Injectable()
export class UpstreamOpener {
  constructor(
    private readonly http: HttpConnections,
    private readonly sse: SseConnections,
    private readonly stdio: StdioConnections,
    private readonly openapi: OpenApiConnections,
  ) {}

  /** Nothing is called yet. One that cannot be called at all says so when it is: it keeps no other from being used. */
  open(spec: UpstreamSpec): UpstreamConnection {
    try {
      return this.opened(spec);
    } catch (error) {
      return new UnusableConnection(error as Error);
    }
  }

  private opened(spec: UpstreamSpec): UpstreamConnection {
    switch (spec.kind) {
      case 'http':
        return this.http.open(spec);
      case 'sse':
        return this.sse.open(spec);
      case 'stdio':
        return this.stdio.open(spec);
      case 'openapi':
        return this.openapi.open(spec);
      default:
        return spec satisfies never;
    }
  }
}
