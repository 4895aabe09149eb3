import { randomUUID } from 'node:crypto';

/** The caller's place in a trace: W3C Trace Context, `traceparent`. */
export interface TraceParent {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
  /** As it came, to be passed on. */
  readonly header: string;
}

const FORMAT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);

/** A version later than 00 may bring more fields; they mean nothing here. */
const MAX_LENGTH = 256;

/** What is not valid is ignored, as the specification asks: the trace begins anew. */
export function parseTraceParent(header: string | string[] | undefined): TraceParent | undefined {
  if (typeof header !== 'string' || header.length > MAX_LENGTH) return undefined;
  const [, version, traceId, spanId, flags, more] = FORMAT.exec(header) ?? [];
  if (traceId === undefined || traceId === NO_TRACE || spanId === NO_SPAN) return undefined;
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  return { traceId, spanId: spanId!, sampled: (Number.parseInt(flags!, 16) & 1) === 1, header };
}

/** Passed on as it is, up to the length that the specification asks for at least. */
export function readTraceState(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && /^[\x20-\x7e]{1,512}$/.test(header) ? header : undefined;
}

/** A trace id that no one else has: a random UUID's digits. */
export function traceIdOf(uuid: string): string {
  return uuid.slice(0, 8) + uuid.slice(9, 13) + uuid.slice(14, 18) + uuid.slice(19, 23) + uuid.slice(24);
}

/** The `traceparent` of a trace that began here and that nobody records: an id to find log lines by. */
export function unsampledTraceParent(traceId: string): string {
  return `00-${traceId}-${traceIdOf(randomUUID()).slice(16)}-00`;
}
