import type { FastifyReply } from 'fastify';

/** Before anything was said, as every other refusal; after that only the end is left. */
export function fail(reply: FastifyReply, error: unknown): void {
  if (reply.sent) reply.raw.destroy();
  else void reply.send(error);
}
