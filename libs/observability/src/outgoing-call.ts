import { currentRequest } from './request-context.js';
import { unsampledTraceParent } from './trace-parent.js';

/** A call to another service on behalf of the current request. */
export interface OutgoingCall {
  readonly headers: Readonly<Record<string, string>>;
  /** Without a status: no answer came. */
  end(status?: number): void;
}

const OF_NO_REQUEST: OutgoingCall = { headers: {}, end: () => undefined };

/**
 * Tells the other side which request it works for. Where traces are not exported, the caller's own place in the trace
 * is passed on as it came, so that no span is missing between the caller's and the one below.
 */
export function beginCall(method: string, host: string): OutgoingCall {
  const request = currentRequest();
  if (!request) return OF_NO_REQUEST;
  const span = request.span?.call(method, host);
  const headers: Record<string, string> = {
    'x-request-id': request.requestId,
    traceparent: span?.traceparent ?? request.parent?.header ?? unsampledTraceParent(request.traceId),
  };
  if (request.traceState !== undefined) headers['tracestate'] = request.traceState;
  return { headers, end: (status) => span?.end(status) };
}
