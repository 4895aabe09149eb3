import { Injectable } from '@nestjs/common';
import type { StdioUpstream } from '#config/upstreams-file.js';
import type { UpstreamConnection } from '../upstream-connection.js';

@Injectable()
export class StdioConnections {
  open(spec: StdioUpstream): UpstreamConnection {
    throw new Error(`${spec.kind} upstreams are not built yet`);
  }
}
