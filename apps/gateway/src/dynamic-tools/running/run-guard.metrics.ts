import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';

export const REJECTIONS = ['rate', 'concurrency'] as const;
export type Rejection = (typeof REJECTIONS)[number];

/** What the guard of runs did, of all tenants together: who it was stands in the records. */
@Injectable()
export class RunGuardMetrics {
  readonly rejections: Counter<'kind'>;
  /** Asked when somebody looks. */
  active: () => number = () => 0;

  constructor(registry: Registry) {
    const registers = [registry];
    this.rejections = new Counter({
      name: 'achilles_run_guard_rejections_total',
      help: 'Runs of code refused because one scope of a tenant ran too often, or too many times at once.',
      labelNames: ['kind'],
      registers,
    });
    for (const kind of REJECTIONS) this.rejections.inc({ kind }, 0);
    const active = () => this.active();
    new Gauge({
      name: 'achilles_run_guard_active',
      help: 'Runs of code that have begun and not ended.',
      registers,
      collect() {
        this.set(active());
      },
    });
  }
}
