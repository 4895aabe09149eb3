import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { tellStanding } from './rate-limit.headers.js';
import type { LimitKind } from './rate-limit.rules.js';
import { RateLimitService } from './rate-limit.service.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The limit that refused the request. */
    limited?: LimitKind;
  }
}

/** What probes, scrapers and the documentation's page ask for: it must answer also when a limit is used up. */
const UNLIMITED = new Set(['getHealth', 'live', 'ready', 'metrics', 'docs']);
const UNLIMITED_ROUTES = new Set(['/docs/assets/*', '/metrics']);

/**
 * Counts every request between finding out who asks and letting it in, so that also refused tokens and unknown paths
 * count. It asks the throttler library's storage itself: the library's own guard is a Nest guard, which comes after the
 * body was read, and never for a raw route or a path that there is not.
 */
@Injectable()
export class RateLimitGuard {
  constructor(private readonly limits: RateLimitService) {}

  take(request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void {
    const { config, url } = request.routeOptions;
    const operation = config.operation ?? 'unknown';
    if (UNLIMITED.has(operation) || (url !== undefined && UNLIMITED_ROUTES.has(url))) return done();
    // Behind proxies an address is worked out at each asking; only a stranger's is needed.
    const address = request.caller ? '' : request.ip;
    this.limits.takeRequest(request.caller, operation, address, (error, { plan, taken, refusedBy }) => {
      if (refusedBy) request.limited = refusedBy.kind;
      if (taken) tellStanding(reply, plan, taken);
      done(error);
    });
  }
}
