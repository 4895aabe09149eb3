/** SQLSTATE classes and codes that say "not now": connection faults, shutdown, recovery, out of connections, cancelled. */
const UNAVAILABLE_SQLSTATE = /^(08...|57P0[1-5]|57014|53[0-4]00)$/;
const UNAVAILABLE_SYSTEM = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
/** pg raises these without a code. */
const UNAVAILABLE_MESSAGE =
  /Connection terminated|connection error and is not queryable|timeout exceeded when trying to connect|Query read timeout|Client was closed|driver has already been destroyed/;

/** True when an error of a query says that the store is away, rather than that the query was wrong. */
export function isStoreUnavailable(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === 'string') return UNAVAILABLE_SQLSTATE.test(code) || UNAVAILABLE_SYSTEM.has(code);
  return typeof message === 'string' && UNAVAILABLE_MESSAGE.test(message);
}
