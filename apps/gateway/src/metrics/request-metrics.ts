import { STATUS_CODES } from 'node:http';
import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { RequestEnd, RequestObserver } from '#gateway/http/request-lifetime.js';

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'other']);

/** The client went away before it was answered; nobody is sent this status. */
const CLIENT_GONE = 499;

const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What one operation's figures are added to; looked up once, not at every request. */
interface Series {
  readonly duration: Histogram.Internal<string>;
  readonly requests: Map<string, Counter.Internal[]>;
}

/**
 * Counts requests by operation, method and status, all three from closed sets: whatever a client sends, the number of
 * series stays what it is.
 */
@Injectable()
export class RequestMetrics implements RequestObserver {
  private readonly series = new Map<string, Series>();
  private readonly requests: Counter<'operation' | 'method' | 'status'>;
  private readonly duration: Histogram<'operation'>;
  private running = 0;

  constructor(registry: Registry) {
    const registers = [registry];
    this.requests = new Counter({
      name: 'achilles_http_requests_total',
      help: 'Requests by operation, method and status; status 499 is a client that went away.',
      labelNames: ['operation', 'method', 'status'],
      registers,
    });
    this.duration = new Histogram({
      name: 'achilles_http_request_duration_seconds',
      help: 'Time from the head of a request to the end of its answer.',
      labelNames: ['operation'],
      buckets: BUCKETS,
      registers,
    });
    const count = () => this.running;
    new Gauge({
      name: 'achilles_http_requests_in_flight',
      help: 'Requests that are being answered.',
      registers,
      collect() {
        this.set(count());
      },
    });
  }

  began(): void {
    this.running++;
  }

  ended({ request, reply, ms, answered }: RequestEnd): void {
    const operation = request.routeOptions.config.operation ?? 'unknown';
    let series = this.series.get(operation);
    if (!series) this.series.set(operation, (series = this.open(operation)));
    this.running--;
    series.duration.observe(ms / 1_000);
    this.counter(series, operation, request.method, answered ? reply.raw.statusCode : CLIENT_GONE).inc();
  }

  private open(operation: string): Series {
    return { duration: this.duration.labels(operation), requests: new Map() };
  }

  private counter(series: Series, operation: string, method: string, status: number): Counter.Internal {
    let byStatus = series.requests.get(method);
    if (!byStatus) {
      if (!METHODS.has(method)) return this.counter(series, operation, 'other', status);
      series.requests.set(method, (byStatus = []));
    }
    return (byStatus[status] ??= this.requests.labels(operation, method, labelOf(status)));
  }
}

/** A status that HTTP knows, else its class: a remote Core may answer with any number. */
const labelOf = (status: number): string =>
  status === CLIENT_GONE || STATUS_CODES[status] !== undefined ? String(status) : `${Math.floor(status / 100)}xx`;
