import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AuthGuard } from './auth/auth.guard.js';
import { RateLimitGuard } from './rate-limit/rate-limit.guard.js';

/**
 * What happens to every request, whatever its path, in this order. The order is the design: everything down to the
 * authorisation happens before a byte of the body is read, and what became of a request is recorded once, at its end.
 */
export function installStages(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const auth = app.get(AuthGuard);
  const limits = app.get(RateLimitGuard);
  fastify.addHook('onRequest', (request) => auth.identify(request));
  fastify.addHook('onRequest', (request, reply, done) => limits.take(request, reply, done));
  fastify.addHook('onRequest', (request, _reply, done) => {
    auth.authorize(request);
    done();
  });
}
