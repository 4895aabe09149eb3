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
  const quick = parseUtc(text);
  if (quick !== undefined) return quick;
  const parts = INSTANT.exec(text);
  if (!parts || Number(parts[3]) > daysIn(Number(parts[1]), Number(parts[2]))) return undefined;
  const ms = Date.parse(text.replace(' ', 'T'));
  return Number.isNaN(ms) ? undefined : ms;
}

/** `toISOString`'s own form, which most clients send: digit by digit, without a Date, for the sake of event batches. */
function parseUtc(text: string): number | undefined {
  if (text.length !== 24 || text[10] !== 'T' || text[19] !== '.' || text[23] !== 'Z') return undefined;
  if (text[4] !== '-' || text[7] !== '-' || text[13] !== ':' || text[16] !== ':') return undefined;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 7);
  const day = digits(text, 8, 10);
  const [hour, minute, second] = [digits(text, 11, 13), digits(text, 14, 16), digits(text, 17, 19)];
  const ms = digits(text, 20, 23);
  // A NaN fails every comparison. The years before 100 are not worth a thought: Date.UTC takes them for 19xx.
  const valid = year >= 100 && month >= 1 && month <= 12 && day >= 1 && (day <= 28 || day <= daysIn(year, month));
  if (!valid || !(hour <= 23 && minute <= 59 && second <= 59 && ms >= 0)) return undefined;
  return Date.UTC(year, month - 1, day, hour, minute, second, ms);
}

/** The number that these characters write, or NaN. */
function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** The time in UTC with milliseconds, as it is returned and stored; `text` is what `ms` was parsed from. */
export const toUtc = (text: string, ms: number): string =>
  text.length === 24 && text.endsWith('Z') && text[19] === '.' && text[10] === 'T' ? text : new Date(ms).toISOString();

/** Why a client's time cannot be right, or undefined when it can. */
export function clockFault(ms: number, now: number): string | undefined {
  if (ms < EARLIEST_MS) return 'must not be before the year 2000';
  if (ms > now + AHEAD_MS) return 'must not be more than 24 hours ahead of the server';
  return undefined;
}
