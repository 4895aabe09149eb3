import { createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Caller } from '#core/caller.js';

/** A request after the guard. */
export interface CalledRequest extends FastifyRequest {
  caller: Caller;
}

export const SESSION_TOKEN_METADATA = 'auth:session-token';

/** Marks routes that take an `mcp_session_token` as bearer. */
export const AcceptsSessionToken = () => SetMetadata(SESSION_TOKEN_METADATA, true);

/** Who is asking. */
export const CurrentCaller = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Caller => context.switchToHttp().getRequest<CalledRequest>().caller,
);
