import type { TraceParent } from './trace-parent.js';

/** What is known of a request at its end. */
export interface RequestOutcome {
  readonly method: string;
  readonly route: string | undefined;
  readonly path: string;
  readonly status: number;
}

/** One call to another service, as a span below a request's. */
export interface CallSpan {
  readonly traceparent: string;
  /** Without a status: no answer came. */
  end(status: number | undefined): void;
}

/** One request, as a span. */
export interface RequestSpan {
  readonly traceId: string;
  call(method: string, host: string): CallSpan;
  end(outcome: RequestOutcome): void;
}

/** Begins the spans of requests and sends them away. Provided only while a collector is configured. */
export abstract class Tracing {
  abstract begin(requestId: string, parent: TraceParent | undefined, traceState: string | undefined): RequestSpan;

  /** Sends what is waiting, and ends. */
  abstract onApplicationShutdown(): Promise<void>;
}
