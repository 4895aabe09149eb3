/** How far a JSON text may go. */
export interface JsonLimits {
  readonly depth: number;
  readonly keys: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** What `scanJson` answers instead of a number of keys. */
export const TOO_DEEP = -1;
export const TOO_MANY_KEYS = -2;

/**
 * The number of keys in this JSON text, or which limit it breaks. Runs over the bytes before they are parsed and stops
 * at the first that is too much: JSON.parse takes a 500 000-deep array, and 0.3 s for it. What is not JSON is left to
 * the parser.
 */
export function scanJson(json: Buffer, limits: JsonLimits): number {
  let depth = 0;
  let keys = 0;
  for (let i = 0; i < json.length; i++) {
    const byte = json[i]!;
    if (byte === QUOTE) {
      i = endOfString(json, i);
    } else if (byte === 0x3a) {
      if (++keys > limits.keys) return TOO_MANY_KEYS;
    } else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > limits.depth) return TOO_DEEP;
    } else if (byte === 0x5d || byte === 0x7d) {
      depth--;
    }
  }
  return keys;
}

/** Strings up to this long are looked through here; calling the native search costs more than they do. */
const SHORT = 32;

/** The place of the closing quote; a quote after an odd run of backslashes is escaped. */
function endOfString(json: Buffer, start: number): number {
  for (let i = start + 1; i < start + SHORT; i++) {
    const byte = json[i];
    if (byte === QUOTE) return i;
    if (byte === BACKSLASH) break;
  }
  for (let end = json.indexOf(QUOTE, start + 1); end !== -1; end = json.indexOf(QUOTE, end + 1)) {
    let backslashes = 0;
    while (json[end - 1 - backslashes] === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return json.length;
}

/** The number of keys that the value has. Fewer than its text had: one stood there twice, and the last one won. */
export function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (Array.isArray(value)) {
    let keys = 0;
    for (const item of value as unknown[]) if (typeof item === 'object' && item !== null) keys += countKeys(item);
    return keys;
  }
  const members = Object.values(value);
  let keys = members.length;
  for (const member of members) if (typeof member === 'object' && member !== null) keys += countKeys(member);
  return keys;
}
