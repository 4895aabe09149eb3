import type { FastifyReply } from 'fastify';
import type { Plan } from './rate-limit.plans.js';
import type { Taken } from './rate-limit.storage.js';

/**
 * Tells the client where it stands: `X-RateLimit-*` for the limit that it will meet first, `RateLimit` and
 * `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers) for all of them.
 */
export function tellStanding(reply: FastifyReply, { limits, policy }: Plan, { refused, now, standings }: Taken): void {
  let told = Math.max(refused, 0);
  let field = '';
  for (let i = 0; i < limits.length; i++) {
    const { remaining, resetsInMs } = standings[i]!;
    if (refused < 0 && remaining < standings[told]!.remaining) told = i;
    field += `${i === 0 ? '' : ', '}"${limits[i]!.name}";r=${remaining};t=${Math.ceil(resetsInMs / 1_000)}`;
  }
  const { remaining, resetsInMs } = standings[told]!;
  reply.header('x-ratelimit-limit', limits[told]!.limit);
  reply.header('x-ratelimit-remaining', remaining);
  reply.header('x-ratelimit-reset', Math.ceil((now + resetsInMs) / 1_000));
  reply.header('ratelimit-policy', policy);
  reply.header('ratelimit', field);
}
