import { hash } from 'node:crypto';
import { isSecretKey, redact } from '#observability/redact.js';
import type { JsonObject } from '#gateway/tools/tool.js';

const HIDDEN = '[redacted]';
const CUT = '[cut]';
const MOST_CHARS_OF_TEXT = 2_000;
const MOST_CHARS = 16_000;
const MOST_MEMBERS = 100;
const MOST_DEPTH = 8;
const MOST_CHARS_OF_NAME = 128;

/** The arguments of a call as they may be kept: without what looks like a secret by name or value, and of bounded size. */
export function redactArguments(given: JsonObject): JsonObject {
  return members(given, { chars: MOST_CHARS }, MOST_DEPTH);
}

interface Room {
  chars: number;
}

function clean(value: unknown, room: Room, depth: number): unknown {
  if (room.chars <= 0) return CUT;
  room.chars -= 8;
  if (typeof value === 'string') {
    const text = redactText(value);
    room.chars -= text.length;
    return text;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return CUT;
  if (!Array.isArray(value)) return members(value as JsonObject, room, depth - 1);
  const kept = value.slice(0, MOST_MEMBERS).map((entry) => clean(entry, room, depth - 1));
  return value.length > MOST_MEMBERS ? [...kept, CUT] : kept;
}

function members(value: JsonObject, room: Room, depth: number): JsonObject {
  const entries: [string, unknown][] = [];
  for (const name in value) {
    if (entries.length >= MOST_MEMBERS || room.chars <= 0) {
      entries.push([CUT, Object.keys(value).length - entries.length]);
      break;
    }
    room.chars -= name.length;
    const kept = isSecretKey(name) ? HIDDEN : clean(value[name], room, depth);
    entries.push([redactStart(name, MOST_CHARS_OF_NAME), kept]);
  }
  return Object.fromEntries(entries);
}

/** A secret that is cut too short is not recognised any more: so far beyond the cut is read. */
const BEYOND_CUT = 256;

/** The first `most` characters, without what looks like a secret. */
export const redactStart = (text: string, most: number): string =>
  text.length <= most ? redact(text) : redact(text.slice(0, most + BEYOND_CUT)).slice(0, most);

/** What was cut is told by its length and digest: two calls that differ only there are still two different calls. */
function redactText(text: string): string {
  const start = redactStart(text, MOST_CHARS_OF_TEXT);
  if (text.length <= MOST_CHARS_OF_TEXT) return start;
  return `${start}… [${text.length} characters, sha256 ${hash('sha256', text).slice(0, 16)}]`;
}
