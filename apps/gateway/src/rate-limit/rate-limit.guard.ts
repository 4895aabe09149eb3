import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { clientAddress } from '#gateway/http/trusted-proxies.js';
import { tellStanding } from './rate-limit.headers.js';
import type { LimitKind } from './rate-limit.rules.js';
import { RateLimitService } from './rate-limit.service.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The limit that refused the request. */
    limited?: LimitKind;
  }
}

/**
 * Counts every request between finding out who asks and letting it in, so that also refused tokens and unknown paths
 * count. It asks the throttler library's storage itself: the library's own guard is a Nest guard, which comes after the
 * body was read, and never for a raw route or a path that there is not.
 */
@Injectable()
export class RateLimitGuard {
  constructor(private readonly limits: RateLimitService) {}

  take(request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void {
    const { probe, operation = 'unknown' } = request.routeOptions.config;
    if (probe) return done();
    // Behind proxies an address is worked out at each asking; only a stranger's is needed.
    const address = request.caller ? '' : clientAddress(request);
    this.limits.takeRequest(request.caller, operation, address, (error, { plan, taken, refusedBy }) => {
      if (refusedBy) request.limited = refusedBy.kind;
      if (taken) tellStanding(reply, plan, taken);
      done(error);
    });
  }
}
