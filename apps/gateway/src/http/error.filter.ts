import { type ArgumentsHost, Catch, type ExceptionFilter, Inject, Logger, Optional } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CoreRefusal } from '#core/remote/core-refusal.js';
import { StoreHealth } from '#database/store-health.js';
import { describe } from './describe-error.js';
import { PROBLEM_MEDIA_TYPE } from './problem.js';

/** Every failure leaves as a problem document, and is logged once, here, when it is ours. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  constructor(@Optional() @Inject(StoreHealth) private readonly store: StoreHealth | undefined) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    if (reply.sent) return;
    if (error instanceof CoreRefusal) {
      request.problemCode = 'core_refused';
      return passOn(error, reply);
    }
    const { problem, headers, unexpected } = describe(error);
    request.problemCode = problem.code;
    if (problem.code === 'store_unavailable') this.store?.reportFault(error);
    if (unexpected) {
      const { method, url } = request;
      this.logger.error(error, `${method} ${url.split('?')[0]} failed`);
    }
    void reply.status(problem.status).headers(headers).type(PROBLEM_MEDIA_TYPE).send(JSON.stringify(problem));
  }
}

function passOn(refusal: CoreRefusal, reply: FastifyReply): void {
  if (refusal.retryAfter !== undefined) reply.header('retry-after', refusal.retryAfter);
  void reply
    .status(refusal.status)
    .type(refusal.contentType || 'text/plain')
    .send(refusal.body);
}
