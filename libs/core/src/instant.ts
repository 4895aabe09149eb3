const INSTANT = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/;

/** The earliest time that an agent's session can plausibly carry. */
const EARLIEST_MS = Date.UTC(2000, 0, 1);
/** How far a client's clock may run ahead of ours. */
const AHEAD_MS = 24 * 3_600_000;

const daysIn = (year: number, month: number) => new Date(Date.UTC(year, month, 0)).getUTCDate();

/**
 * Milliseconds since the epoch of an ISO 8601 date and time with an offset, or undefined. Stricter than `Date.parse`,
 * which reads local time where the offset is missing and turns 30 February into 2 March.
 */
export function parseInstant(text: string): number | undefined {
  const parts = INSTANT.exec(text);
  if (!parts || Number(parts[3]) > daysIn(Number(parts[1]), Number(parts[2]))) return undefined;
  const ms = Date.parse(text.replace(' ', 'T'));
  return Number.isNaN(ms) ? undefined : ms;
}

/** Why a client's time cannot be right, or undefined when it can. */
export function clockFault(ms: number, now: number): string | undefined {
  if (ms < EARLIEST_MS) return 'must not be before the year 2000';
  if (ms > now + AHEAD_MS) return 'must not be more than 24 hours ahead of the server';
  return undefined;
}
