import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AuthGuard } from './auth/auth.guard.js';
import { LifecycleService } from './lifecycle/lifecycle.service.js';
import { RequestMetrics } from './metrics/request-metrics.js';

/**
 * What happens to every request, whatever its path, in this order. The order is the design: everything down to the
 * authorisation happens before a byte of the body is read, and what became of a request is recorded once, at its end.
 */
export function installStages(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const auth = app.get(AuthGuard);
  const lifecycle = app.get(LifecycleService);
  const metrics = app.get(RequestMetrics);
  fastify.addHook('onRequest', (request, reply, done) => {
    metrics.watch(request, reply);
    done();
  });
  fastify.addHook('onRequest', (request) => auth.identify(request));
  fastify.addHook('onRequest', (request, _reply, done) => {
    auth.authorize(request);
    done();
  });
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    lifecycle.announce(reply);
    done(null, payload);
  });
}
