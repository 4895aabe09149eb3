import { AsyncLocalStorage } from 'node:async_hooks';
import type { RequestSpan } from './tracing.js';
import type { TraceParent } from './trace-parent.js';

/** What one request is known by in every log line and every call to somebody else. Never who is asking. */
export interface RequestContext {
  readonly requestId: string;
  /** 32 hex digits: the caller's, or made here. */
  readonly traceId: string;
  /** Where in the caller's trace this request stands, and what its tracing system wants passed on. */
  readonly parent?: TraceParent;
  readonly traceState?: string;
  /** Of `performance.now()`. */
  readonly startedAt: number;
  /** While traces are exported. */
  readonly span?: RequestSpan;
}

const requests = new AsyncLocalStorage<RequestContext>();

/** The request that is being worked on, if it is one. */
export const currentRequest = (): RequestContext | undefined => requests.getStore();

/** Whatever `next` starts, however long it takes, belongs to the request. */
export const withRequest = (context: RequestContext, next: () => void): void => requests.run(context, next);
