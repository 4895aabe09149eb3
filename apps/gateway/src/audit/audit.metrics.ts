import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';

/** What the audit log holds, has missed and has still to hand on. */
@Injectable()
export class AuditMetrics {
  readonly forwardBatches: Counter<'outcome'>;
  readonly prunedUnforwarded: Counter;
  /** Asked when somebody looks. */
  sources: { records(): number; dropped(): number; spool(): number; available(): boolean } | undefined;

  constructor(registry: Registry) {
    const registers = [registry];
    const read = (value: (sources: NonNullable<AuditMetrics['sources']>) => number) => () =>
      this.sources === undefined ? 0 : value(this.sources);
    const records = read((sources) => sources.records());
    const dropped = read((sources) => sources.dropped());
    const spool = read((sources) => sources.spool());
    const available = read((sources) => (sources.available() ? 1 : 0));
    new Counter({
      name: 'achilles_audit_records_total',
      help: 'Audit records taken since the start.',
      registers,
      collect() {
        this.reset();
        this.inc(records());
      },
    });
    new Counter({
      name: 'achilles_audit_records_dropped_total',
      help: 'Audit records lost since the start, because the log could not be written.',
      registers,
      collect() {
        this.reset();
        this.inc(dropped());
      },
    });
    new Gauge({
      name: 'achilles_audit_spool_records',
      help: 'Audit records that AUDIT_SERVICE_URL has not accepted yet; 0 without one.',
      registers,
      collect() {
        this.set(spool());
      },
    });
    new Gauge({
      name: 'achilles_audit_available',
      help: '1 while the audit log can be written, else 0.',
      // Of several workers each has its log: all of them must be well.
      aggregator: 'min',
      registers,
      collect() {
        this.set(available());
      },
    });
    this.forwardBatches = new Counter({
      name: 'achilles_audit_forward_batches_total',
      help: 'Batches sent to AUDIT_SERVICE_URL, by outcome: accepted, rejected (a 4xx) or failed.',
      labelNames: ['outcome'],
      registers,
    });
    this.prunedUnforwarded = new Counter({
      name: 'achilles_audit_unforwarded_files_pruned_total',
      help: 'Audit files removed for room before AUDIT_SERVICE_URL had accepted them.',
      registers,
    });
    for (const outcome of ['accepted', 'rejected', 'failed']) this.forwardBatches.inc({ outcome }, 0);
  }
}
