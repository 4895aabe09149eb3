import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { type Outcome, outcomeOf } from './call-outcome.js';
import { originalOf, type Tool } from './tool.js';
import { type ToolCallEnd, ToolCallObserver } from './tool-request.js';

const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

/** What one tool's figures are added to; looked up once, not at every call. */
interface Series {
  readonly duration: Histogram.Internal<string>;
  readonly calls: Map<Outcome, Counter.Internal>;
}

/** Counts calls by tool and outcome. A name that is no tool's counts as `unknown`: clients cannot make series. */
@Injectable()
export class ToolCallMetrics extends ToolCallObserver {
  /** Calls that have begun and not ended. */
  running = 0;
  private readonly series = new Map<string, Series>();
  private readonly calls: Counter<'tool' | 'outcome'>;
  private readonly duration: Histogram<'tool'>;

  constructor(registry: Registry) {
    super();
    const registers = [registry];
    this.calls = new Counter({
      name: 'achilles_tool_calls_total',
      help: 'Calls of tools, by how they ended.',
      labelNames: ['tool', 'outcome'],
      registers,
    });
    this.duration = new Histogram({
      name: 'achilles_tool_call_duration_seconds',
      help: 'Time from a call of a tool to its end, whatever it was.',
      labelNames: ['tool'],
      buckets: BUCKETS,
      registers,
    });
    const running = () => this.running;
    new Gauge({
      name: 'achilles_tool_calls_in_flight',
      help: 'Calls of tools that have begun and not ended.',
      registers,
      collect() {
        this.set(running());
      },
    });
  }

  ended(end: ToolCallEnd): void {
    const name = nameOf(end.tool);
    let series = this.series.get(name);
    if (!series) this.series.set(name, (series = { duration: this.duration.labels(name), calls: new Map() }));
    series.duration.observe(end.ms / 1_000);
    const outcome = outcomeOf(end);
    let calls = series.calls.get(outcome);
    if (!calls) series.calls.set(outcome, (calls = this.calls.labels(name, outcome)));
    calls.inc();
  }
}

function nameOf(called: Tool | undefined): string {
  if (!called) return 'unknown';
  const { metricsName, definition } = originalOf(called);
  return metricsName ?? definition.name;
}
