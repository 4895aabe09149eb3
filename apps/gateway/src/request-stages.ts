import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { RequestAudit } from './audit/request-audit.js';
import { AdminToken } from './auth/admin-token.service.js';
import { AuthGuard } from './auth/auth.guard.js';
import { Cors } from './http/cors.js';
import { MalformedRequests } from './http/malformed-requests.js';
import { RequestLifetime } from './http/request-lifetime.js';
import { setSecurityHeaders } from './http/security-headers.js';
import { LifecycleService } from './lifecycle/lifecycle.service.js';
import { RequestMetrics } from './metrics/request-metrics.js';
import { RateLimitGuard } from './rate-limit/rate-limit.guard.js';

/**
 * What happens to every request, whatever its path, in this order. The order is the design: everything down to the
 * authorisation happens before a byte of the body is read, and what became of a request is recorded once, at its end.
 */
export function installStages(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const audit = app.get(RequestAudit);
  const lifetime = app.get(RequestLifetime);
  const malformed = app.get(MalformedRequests);
  const cors = app.get(Cors);
  const auth = app.get(AuthGuard);
  const adminToken = app.get(AdminToken);
  const limits = app.get(RateLimitGuard);
  const lifecycle = app.get(LifecycleService);
  const metrics = app.get(RequestMetrics);
  fastify.decorateRequest('traceId', '');
  lifetime.tell([metrics, audit]);
  fastify.addHook('onRequest', (request, reply, done) => lifetime.begin(request, reply, done));
  fastify.addHook('onRequest', (request, reply, done) => {
    setSecurityHeaders(request, reply);
    malformed.refuse(request);
    if (!cors.answer(request, reply)) done();
  });
  fastify.addHook('onRequest', (request, _reply, done) => auth.identify(request, done));
  fastify.addHook('onRequest', (request, reply, done) => limits.take(request, reply, done));
  fastify.addHook('onRequest', (request, _reply, done) => {
    // Whoever guesses at it has been counted, and limited, by now.
    adminToken.recognise(request);
    auth.authorize(request, done);
  });
  fastify.addHook('onRequest', (request, _reply, done) => {
    audit.admit(request);
    done();
  });
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    lifecycle.announce(reply);
    done(null, payload);
  });
}
