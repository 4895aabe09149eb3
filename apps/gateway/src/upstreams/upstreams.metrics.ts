import { Injectable } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';
import { UpstreamRegistry } from './upstream-registry.js';

/** Which upstreams there are, and which of them answer. Calls and their times are told by tool. */
@Injectable()
export class UpstreamMetrics {
  constructor(registry: Registry, upstreams: UpstreamRegistry) {
    new Gauge({
      name: 'achilles_upstream_up',
      help: '1 while the upstream answers, 0 while it is away or has not answered yet; none of those that are disabled.',
      labelNames: ['upstream'],
      // Of several workers each has connections of its own: all of them must be well.
      aggregator: 'min',
      registers: [registry],
      collect() {
        this.reset();
        for (const { name, state } of upstreams.all.values())
          this.set({ upstream: name }, state === 'connected' ? 1 : 0);
      },
    });
  }
}
