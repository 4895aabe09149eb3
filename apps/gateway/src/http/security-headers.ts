import type { FastifyReply, FastifyRequest } from 'fastify';
import { REQUEST_ID_HEADER } from './request-id.js';

/**
 * On every answer. What the gateway says is data: no page may frame it, run it or guess at its type, and no cache may
 * keep it. Put together here and not by a plug-in, which makes them anew for every request.
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-permitted-cross-domain-policies': 'none',
};

/** For the view of the API in a browser: its own scripts, the styles that it sets itself, calls to this gateway. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Two years, as browsers' preload lists want it at least one. Not for other hosts of the same domain. */
export const STRICT_TRANSPORT = 'max-age=63072000';

const NAMES = Object.keys(SECURITY_HEADERS);

/** Sets what every answer carries; a route may set its own over it. */
export function setSecurityHeaders(request: FastifyRequest, reply: FastifyReply): void {
  for (const name of NAMES) reply.header(name, SECURITY_HEADERS[name]);
  if (request.protocol === 'https') reply.header('strict-transport-security', STRICT_TRANSPORT);
  reply.header(REQUEST_ID_HEADER, request.id);
}
