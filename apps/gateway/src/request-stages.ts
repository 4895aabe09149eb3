import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AuthGuard } from './auth/auth.guard.js';

/**
 * What happens to every request, whatever its path, in this order. The order is the design: everything down to the
 * authorisation happens before a byte of the body is read, and what became of a request is recorded once, at its end.
 */
export function installStages(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const auth = app.get(AuthGuard);
  fastify.addHook('onRequest', (request, _reply, done) => auth.identify(request, done));
  fastify.addHook('onRequest', (request, _reply, done) => auth.authorize(request, done));
}
