import { Injectable } from '@nestjs/common';
import { Counter, Registry } from 'prom-client';
import { LIMIT_KINDS, type LimitKind } from './rate-limit.rules.js';

type Children = Readonly<Record<LimitKind, { inc(): void }>>;

/** What became of calls at the limits. A granted call is told of by the first limit that it counts against. */
@Injectable()
export class RateLimitMetrics {
  readonly granted: Children;
  readonly limited: Children;
  readonly storageFailures: Counter;
  readonly failedOpen: Counter;
  readonly failedClosed: Counter;
  private readonly reloads: Counter<'result'>;

  constructor(registry: Registry) {
    const registers = [registry];
    const decisions = new Counter({
      name: 'achilles_rate_limit_decisions_total',
      help: 'Calls that were counted, by the limit that decided.',
      labelNames: ['limit', 'decision'],
      registers,
    });
    const children = (decision: string) =>
      Object.fromEntries(
        LIMIT_KINDS.map((limit) => [limit, decisions.labels({ limit, decision })]),
      ) as unknown as Children;
    this.granted = children('granted');
    this.limited = children('limited');
    this.storageFailures = new Counter({
      name: 'achilles_rate_limit_storage_failures_total',
      help: 'Questions to the storage of the limits that failed or were not answered in time.',
      registers,
    });
    this.failedOpen = new Counter({
      name: 'achilles_rate_limit_failed_open_total',
      help: 'Calls let through uncounted while the storage was away.',
      registers,
    });
    this.failedClosed = new Counter({
      name: 'achilles_rate_limit_failed_closed_total',
      help: 'Calls refused with 503 while the storage was away.',
      registers,
    });
    this.reloads = new Counter({
      name: 'achilles_rate_limit_rules_reloads_total',
      help: 'Changes of the rules file, by whether it could be used.',
      labelNames: ['result'],
      registers,
    });
    for (const result of ['applied', 'refused'] as const) this.reloads.inc({ result }, 0);
  }

  reloaded(result: 'applied' | 'refused'): void {
    this.reloads.inc({ result });
  }
}
