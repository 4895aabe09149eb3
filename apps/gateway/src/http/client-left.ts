import type { FastifyReply } from 'fastify';

/** Aborted when the client leaves before the end of its answer. */
export function clientLeft({ raw }: FastifyReply): AbortSignal {
  const leaving = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) leaving.abort();
  });
  return leaving.signal;
}
