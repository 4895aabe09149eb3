import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';

const OUTCOMES = ['written', 'duplicate', 'refused', 'dropped', 'lost'] as const;
type Outcome = (typeof OUTCOMES)[number];

/** What becomes of the signals that are made of tool calls. */
@Injectable()
export class CaptureMetrics {
  readonly tokensRefused: Counter;
  private readonly events: Counter<'outcome'>;

  constructor(private readonly registry: Registry) {
    const registers = [registry];
    this.events = new Counter({
      name: 'achilles_capture_events_total',
      help: 'Signals made of tool calls. dropped: no room to wait; lost: the store was away for too long.',
      labelNames: ['outcome'],
      registers,
    });
    for (const outcome of OUTCOMES) this.events.inc({ outcome }, 0);
    this.tokensRefused = new Counter({
      name: 'achilles_capture_session_tokens_refused_total',
      help: 'Session tokens beside tool calls that had expired, were made up, or are of another caller.',
      registers,
    });
  }

  count(outcome: Outcome, events: number): void {
    if (events > 0) this.events.inc({ outcome }, events);
  }

  /** Has the depth of the queue read whenever metrics are. */
  watch(depth: () => number): void {
    new Gauge({
      name: 'achilles_capture_queue_calls',
      help: 'Tool calls that wait to be written as signals.',
      registers: [this.registry],
      collect() {
        this.set(depth());
      },
    });
  }
}
