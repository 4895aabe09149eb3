import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';

const CACHE_RESULTS = ['hit', 'shared', 'miss'] as const;
const RESULT_CHANGES = ['cleaned', 'cut', 'rejected'] as const;

/** What the stages of a call did. Names of upstreams, tools and breakers are from closed sets. */
@Injectable()
export class ToolStageMetrics {
  readonly cache: Counter<'result'>;
  readonly guardRejections: Counter<'upstream'>;
  readonly retries: Counter<'upstream'>;
  readonly retriesDenied: Counter<'upstream'>;
  readonly breakerOpenings: Counter<'breaker'>;
  readonly results: Counter<'change'>;
  /** Asked when somebody looks. @returns by the breaker's name */
  breakerStates: () => Iterable<readonly [name: string, state: number]> = () => [];
  cachedBytes: () => number = () => 0;

  constructor(registry: Registry) {
    const registers = [registry];
    const counter = <const L extends string>(name: string, help: string, label: L) =>
      new Counter<L>({ name, help, labelNames: [label], registers });
    this.cache = counter(
      'achilles_tool_cache_lookups_total',
      'Calls of tools whose answers are remembered: hit, shared (with a call that was on its way), miss.',
      'result',
    );
    this.guardRejections = counter(
      'achilles_tool_guard_rejections_total',
      'Calls refused because too many ran and waited already.',
      'upstream',
    );
    this.retries = counter('achilles_tool_retries_total', 'Tries after the first.', 'upstream');
    this.retriesDenied = counter(
      'achilles_tool_retries_denied_total',
      'Tries that were not made because a fifth of the calls had been repeated already.',
      'upstream',
    );
    this.breakerOpenings = counter('achilles_breaker_openings_total', 'Times that a breaker has opened.', 'breaker');
    this.results = counter(
      'achilles_tool_results_changed_total',
      'Results that did not pass as they came: cleaned of hidden text, cut to size, or rejected as not valid.',
      'change',
    );
    for (const result of CACHE_RESULTS) this.cache.inc({ result }, 0);
    for (const change of RESULT_CHANGES) this.results.inc({ change }, 0);
    this.register(registers);
  }

  private register(registers: Registry[]): void {
    const states = () => this.breakerStates();
    new Gauge({
      name: 'achilles_breaker_state',
      help: 'State of each breaker: 0 closed, 1 half-open, 2 open.',
      labelNames: ['breaker'],
      // Of several workers, the worst.
      aggregator: 'max',
      registers,
      collect() {
        this.reset();
        for (const [breaker, state] of states()) this.set({ breaker }, state);
      },
    });
    const bytes = () => this.cachedBytes();
    new Gauge({
      name: 'achilles_tool_cache_bytes',
      help: 'Memory that remembered answers take, about.',
      registers,
      collect() {
        this.set(bytes());
      },
    });
  }
}
