import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';

/** How calls end that had asked their client. `refused`: there were too many, and the upstream was told so. */
const ENDS = ['answered', 'cancelled', 'expired', 'stopped', 'refused'] as const;
export type ParkingEnd = (typeof ENDS)[number];

/** Where a client that came back found its call. */
const PLACES = ['here', 'elsewhere', 'nowhere'] as const;
export type Place = (typeof PLACES)[number];

/** Calls of upstreams that ask their client in the middle. */
@Injectable()
export class ParkedCallsMetrics {
  private readonly ends: Counter;
  private readonly returns: Counter;
  /** Asked when somebody looks. */
  parked: () => number = () => 0;

  constructor(registry: Registry) {
    const registers = [registry];
    this.ends = new Counter({
      name: 'achilles_upstream_parked_calls_total',
      help: 'Calls in the middle of which an upstream asked the client, by how they ended.',
      labelNames: ['end'],
      registers,
    });
    this.returns = new Counter({
      name: 'achilles_upstream_parked_returns_total',
      help: 'Clients that came back with answers, by where their call was found: at this process, at another, nowhere.',
      labelNames: ['place'],
      registers,
    });
    for (const end of ENDS) this.ends.inc({ end }, 0);
    for (const place of PLACES) this.returns.inc({ place }, 0);
    const parked = () => this.parked();
    new Gauge({
      name: 'achilles_upstream_calls_parked',
      help: 'Calls of upstreams that wait here for their client to come back.',
      registers,
      collect() {
        this.set(parked());
      },
    });
  }

  ended(end: ParkingEnd): void {
    this.ends.inc({ end });
  }

  returned(place: Place): void {
    this.returns.inc({ place });
  }
}
