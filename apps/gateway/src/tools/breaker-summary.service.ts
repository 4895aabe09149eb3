import { Injectable } from '@nestjs/common';
import type { BreakerState } from '#resilience/circuit-breaker.js';
import { Breakers } from './stages/breakers.js';

export type BreakerCounts = Readonly<Record<BreakerState, number>>;

const NONE: BreakerCounts = Object.freeze({ closed: 0, half_open: 0, open: 0 });

/** How many breakers of each upstream are in which state. */
@Injectable()
export class BreakerSummary {
  constructor(private readonly breakers: Breakers) {}

  /** @returns looks up one upstream, by the name that its tools have for it */
  byUpstream(): (upstream: string) => BreakerCounts {
    const counts = new Map<string, Record<BreakerState, number>>();
    for (const { tool, breaker } of this.breakers.all()) {
      let count = counts.get(tool.upstream);
      if (!count) counts.set(tool.upstream, (count = { ...NONE }));
      count[breaker.state]++;
    }
    return (upstream) => counts.get(upstream) ?? NONE;
  }
}
