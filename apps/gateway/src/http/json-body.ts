import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { hashOfBody, mayHoldAdminToken } from './admin-token-member.js';
import { BodyTooDeep, DuplicateKeys, MalformedJson, TooManyKeys } from './http.errors.js';
import { countKeys, type JsonLimits, scanJson, TOO_DEEP, TOO_MANY_KEYS } from './json-scan.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How far the body of this route may go, where it is not `JSON_LIMITS`. */
    json?: JsonLimits;
  }

  interface FastifyRequest {
    /** SHA-256 of the body as it came, but for an admin token in it; for the record of the request. */
    inputSha256?: string;
  }
}

/** Of every body, unless its route says otherwise. */
export const JSON_LIMITS: JsonLimits = { depth: 32, keys: 10_000 };

/** Where V8's own words might quote a secret. */
const NOT_QUOTED = 'The body is not JSON.';

const NOT_UTF8 = 'The body is not JSON: it is not UTF-8.';

/**
 * The value of a JSON body. A `__proto__` member is data like any other: nothing here merges objects. A key that stands
 * twice is refused, since another reader of the same text may take the first one where JSON.parse takes the last.
 */
export function parseBody(bytes: Buffer, limits: JsonLimits): unknown {
  const keys = scanJson(bytes, limits);
  if (keys === TOO_DEEP) throw new BodyTooDeep(limits.depth);
  if (keys === TOO_MANY_KEYS) throw new TooManyKeys(limits.keys);
  if (!isUtf8(bytes)) throw new MalformedJson(NOT_UTF8);
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    // V8 quotes the text around the fault: the client's own words, cut short.
    throw new MalformedJson(`The body is not JSON: ${(error as Error).message.slice(0, 120)}`);
  }
  if (keys > 1 && countKeys(value) !== keys) throw new DuplicateKeys();
  return value;
}

/** Reads `application/json` bodies. */
export function acceptJson(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    /^application\/(?:[\w.+-]+\+)?json(?:;|$)/,
    { parseAs: 'buffer' },
    (request, body, done) => {
      const bytes = body as Buffer;
      if (bytes.length === 0) return done(null, undefined);
      const isGuarded = mayHoldAdminToken(bytes);
      if (!isGuarded) request.inputSha256 = hash('sha256', bytes);
      let value: unknown;
      try {
        value = parseBody(bytes, request.routeOptions.config.json ?? JSON_LIMITS);
      } catch (error) {
        return done(isGuarded && error instanceof MalformedJson ? new MalformedJson(NOT_QUOTED) : (error as Error));
      }
      if (isGuarded) request.inputSha256 = hashOfBody(bytes, value);
      done(null, value);
    },
  );
}
