import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';

const WAYS = ['spill', 'select', 'deduplicate'] as const;
const STORES = ['memory', 'redis'] as const;
const OUTCOMES = ['found', 'missing'] as const;

/** What keeping, selecting and not repeating results is good for. */
@Injectable()
export class ResultMetrics {
  readonly economies: Counter<'way'>;
  readonly saved: Counter<'way'>;
  readonly kept: Counter<'store'>;
  readonly reads: Counter<'outcome'>;
  keptBytes: () => number = () => 0;

  constructor(registry: Registry) {
    const registers = [registry];
    const counter = <const L extends string>(name: string, help: string, label: L) =>
      new Counter<L>({ name, help, labelNames: [label], registers });
    this.economies = counter(
      'achilles_result_economies_total',
      'Results told in another way: spilled to a resource, selected from, or not repeated.',
      'way',
    );
    this.saved = counter('achilles_result_saved_bytes_total', 'Bytes of results that were not sent.', 'way');
    this.kept = counter('achilles_result_kept_total', 'Results kept to be read again, by where.', 'store');
    this.reads = counter('achilles_result_reads_total', 'Reads of kept results.', 'outcome');
    for (const way of WAYS) {
      this.economies.inc({ way }, 0);
      this.saved.inc({ way }, 0);
    }
    for (const store of STORES) this.kept.inc({ store }, 0);
    for (const outcome of OUTCOMES) this.reads.inc({ outcome }, 0);
    const bytes = () => this.keptBytes();
    new Gauge({
      name: 'achilles_result_store_bytes',
      help: 'Memory that kept results take, packed.',
      registers,
      collect() {
        this.set(bytes());
      },
    });
  }

  /** @param before and after: bytes of the result */
  economised(way: (typeof WAYS)[number], before: number, after: number): void {
    this.economies.inc({ way });
    this.saved.inc({ way }, Math.max(0, before - after));
  }
}
