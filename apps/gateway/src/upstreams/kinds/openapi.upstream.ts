import { Injectable } from '@nestjs/common';
import type { OpenApiUpstream } from '#config/upstreams-file.js';
import type { UpstreamConnection } from '../upstream-connection.js';

@Injectable()
export class OpenApiConnections {
  open(spec: OpenApiUpstream): UpstreamConnection {
    throw new Error(`${spec.kind} upstreams are not built yet`);
  }
}
