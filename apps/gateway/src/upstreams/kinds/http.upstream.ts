import { Injectable } from '@nestjs/common';
import type { HttpUpstream } from '#config/upstreams-file.js';
import type { UpstreamConnection } from '../upstream-connection.js';

@Injectable()
export class HttpConnections {
  open(spec: HttpUpstream): UpstreamConnection {
    throw new Error(`${spec.kind} upstreams are not built yet`);
  }
}
