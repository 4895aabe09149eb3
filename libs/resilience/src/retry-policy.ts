/** Answers that mean "not now", and that a repeated call may change. */
export const RETRIED_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** A server that asks for more patience than this gets its answer passed on instead. */
export const MAX_RETRY_AFTER_MS = 30_000;

/** `Date.parse` takes far more for a date: `-1` and `1.5` are days in 2001 to it. */
const HTTP_DATE = /^[A-Z][a-z]{2,8}, .* GMT$/;

const BASE_MS = 100;
const CAP_MS = 5_000;
const CONNECT_ERRORS = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Exponential backoff with full jitter: a random wait up to 100 ms, 200 ms, 400 ms … at most 5 s. */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  return Math.round(random() * Math.min(CAP_MS, BASE_MS * 2 ** attempt));
}

/** `Retry-After` (RFC 9110): seconds or an HTTP date; undefined when absent or unreadable. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const date = HTTP_DATE.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** True when the call never reached the server: nothing was sent that could have had an effect. */
export function isConnectError(error: unknown): boolean {
  return CONNECT_ERRORS.has(String((error as { code?: unknown } | null | undefined)?.code));
}
