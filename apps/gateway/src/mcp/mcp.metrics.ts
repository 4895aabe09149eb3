import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Era } from './mcp-request.js';

/** Every method that a client may call, of either era. */
const METHODS = [
  'initialize',
  'ping',
  'server/discover',
  'subscriptions/listen',
  'tools/list',
  'tools/call',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'resources/subscribe',
  'resources/unsubscribe',
  'prompts/list',
  'prompts/get',
  'completion/complete',
  'logging/setLevel',
  'other',
] as const;
type Method = (typeof METHODS)[number];

/** `answered` also with a tool's failure: the answer of the protocol is a result. */
export type McpOutcome = 'answered' | 'input_required' | 'refused' | 'failed' | 'cancelled';

const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

const KNOWN = new Set<string>(METHODS);

/** Looked up once, not at every request. */
interface Series {
  readonly duration: Histogram.Internal<string>;
  readonly requests: Partial<Record<McpOutcome, Counter.Internal>>;
}

/** Counts requests of the protocol, of which one HTTP request may carry several or none. */
@Injectable()
export class McpMetrics {
  private readonly series = { modern: new Map<Method, Series>(), legacy: new Map<Method, Series>() };
  private readonly requests: Counter<'method' | 'era' | 'outcome'>;
  private readonly duration: Histogram<'method' | 'era'>;
  /** Asked when somebody looks. */
  listening: () => number = () => 0;

  constructor(registry: Registry) {
    const registers = [registry];
    this.requests = new Counter({
      name: 'achilles_mcp_requests_total',
      help: 'Requests of MCP by method, era of the protocol and outcome.',
      labelNames: ['method', 'era', 'outcome'],
      registers,
    });
    this.duration = new Histogram({
      name: 'achilles_mcp_request_duration_seconds',
      help: 'Time from a request of MCP to its answer; of subscriptions, how long they were open.',
      labelNames: ['method', 'era'],
      buckets: BUCKETS,
      registers,
    });
    const listening = () => this.listening();
    new Gauge({
      name: 'achilles_mcp_subscriptions_open',
      help: 'Streams of subscriptions/listen that are open.',
      registers,
      collect() {
        this.set(listening());
      },
    });
  }

  /** @param method as the client wrote it */
  ended(method: string, era: Era, outcome: McpOutcome, ms: number): void {
    const known = KNOWN.has(method) ? (method as Method) : 'other';
    let series = this.series[era].get(known);
    if (!series) {
      series = { duration: this.duration.labels({ method: known, era }), requests: {} };
      this.series[era].set(known, series);
    }
    series.duration.observe(ms / 1_000);
    (series.requests[outcome] ??= this.requests.labels({ method: known, era, outcome })).inc();
  }
}
