import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AggregatorRegistry, Gauge, Registry } from 'prom-client';
import { LifecycleService } from '#gateway/lifecycle/lifecycle.service.js';

/** What a scrape reads: the metrics of this process, or of all that share its port. */
@Injectable()
export class MetricsService implements OnModuleInit {
  constructor(
    private readonly registry: Registry,
    private readonly lifecycle: LifecycleService,
  ) {
    new Gauge({ name: 'achilles_workers', help: 'Processes whose figures these are.', registers: [registry] }).set(1);
  }

  onModuleInit(): void {
    this.lifecycle.worker?.contribute(() => this.registry.getMetricsAsJSON());
  }

  /** Whichever worker is asked answers for all; alone, when the primary does not help it. */
  async scrape(): Promise<string> {
    const all = await this.lifecycle.worker?.gather();
    return all ? AggregatorRegistry.aggregate([...all]).metrics() : this.registry.metrics();
  }
}
