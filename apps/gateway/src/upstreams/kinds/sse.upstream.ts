import { Injectable } from '@nestjs/common';
import type { SseUpstream } from '#config/upstreams-file.js';
import type { UpstreamConnection } from '../upstream-connection.js';

@Injectable()
export class SseConnections {
  open(spec: SseUpstream): UpstreamConnection {
    throw new Error(`${spec.kind} upstreams are not built yet`);
  }
}
