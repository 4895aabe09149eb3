import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Seconds that a client may keep a session whose figures no longer change. */
const PROCESSED_MAX_AGE = 60;

/**
 * Sends a representation with a strong `ETag` (RFC 9110), or 304 when the client has it already. One that is settled
 * may be kept for a minute; one that still changes is checked each time.
 */
export function sendWithEtag(request: FastifyRequest, reply: FastifyReply, body: unknown, settled: boolean): void {
  const text = JSON.stringify(body);
  const etag = `"${hash('sha256', text, 'base64url')}"`;
  reply.header('etag', etag);
  reply.header('cache-control', settled ? `private, max-age=${PROCESSED_MAX_AGE}` : 'private, no-cache');
  const known = (request.headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (known.includes(etag) || known.includes('*')) void reply.status(304).send();
  else void reply.type('application/json').send(text);
}
