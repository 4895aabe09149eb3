import type { FastifyInstance } from 'fastify';
import { BodyTooDeep, MalformedJson } from './http.errors.js';

/** Deepest nesting of a body: an event's own limit, and what stands around it. */
const MAX_DEPTH = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * True when no array or object in this JSON text is nested deeper than `maxDepth`. Runs over the bytes before they are
 * parsed and stops at the first that is too deep: JSON.parse takes a 500 000-deep array, and 0.3 s for it.
 */
export function isShallow(json: Buffer, maxDepth: number): boolean {
  let depth = 0;
  for (let i = 0; i < json.length; i++) {
    const byte = json[i]!;
    if (byte === QUOTE) {
      i = endOfString(json, i);
    } else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > maxDepth) return false;
    } else if (byte === 0x5d || byte === 0x7d) {
      depth--;
    }
  }
  return true;
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

/** Reads `application/json` bodies. A `__proto__` member is data like any other: nothing here merges objects. */
export function acceptJson(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    /^application\/(?:[\w.+-]+\+)?json(?:;|$)/,
    { parseAs: 'buffer' },
    (_request, body, done) => {
      const bytes = body as Buffer;
      if (bytes.length === 0) return done(null, undefined);
      if (!isShallow(bytes, MAX_DEPTH)) return done(new BodyTooDeep(MAX_DEPTH));
      let value: unknown;
      try {
        value = JSON.parse(bytes.toString('utf8'));
      } catch (error) {
        // V8 quotes the text around the fault: the client's own words, cut short.
        return done(new MalformedJson(`The body is not JSON: ${(error as Error).message.slice(0, 120)}`));
      }
      done(null, value);
    },
  );
}
