import type { FastifyRequest } from 'fastify';
import { isUuid } from '#core/identifiers.js';
import { redactText } from '#observability/redact.js';

const MAX_LENGTH = 200;

/** Long, and with digits among its letters: more like a key than like a name. */
const LOOKS_LIKE_A_KEY = /(?=[\w~+=.%-]*\d)(?=[\w~+=.%-]*[a-z])[\w~+=.%-]{20,}/gi;

/**
 * What a log may say of the path. Where a route matches, it is the route's own words, with ids in their places when they
 * are ids. Anywhere else it is what a client wrote, and a client may write a secret.
 */
export function loggablePath(request: FastifyRequest): string {
  const path = pathOf(request.raw.url!);
  if (request.is404) return maskedPath(path);
  const { url } = request.routeOptions;
  if (url === undefined) return maskedPath(path);
  if (!url.includes(':') && !url.includes('*')) return url;
  const params = Object.values((request.params ?? {}) as Record<string, string>);
  return params.every(isUuid) ? path : url;
}

/** A path that no route knows, without what looks like a secret, cut to what a line can bear. */
export function maskedPath(path: string): string {
  const printable = path.slice(0, MAX_LENGTH).replace(/[^\x21-\x7e]/g, '?');
  return redactText(printable.replace(LOOKS_LIKE_A_KEY, (part) => (isUuid(part) ? part : '[redacted]')));
}

export function pathOf(url: string): string {
  const end = url.search(/[?#;]/);
  return end === -1 ? url : url.slice(0, end);
}
