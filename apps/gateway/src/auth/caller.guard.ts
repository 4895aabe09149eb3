import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { LOCAL_CALLER } from '#core/caller.js';
import { Handshakes } from '#core/handshake/handshakes.js';
import { looksLikeSessionToken } from '#core/handshake/session-token.js';
import { type CalledRequest, SESSION_TOKEN_METADATA } from './auth.decorators.js';
import { InvalidToken } from './auth.errors.js';

const BEARER = /^bearer +(\S+) *$/i;

/** Finds out who is asking, for every route. An `mcp_session_token` speaks for its owner on the signals routes only. */
@Injectable()
export class CallerGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly handshakes: Handshakes,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<CalledRequest>();
    const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined || !looksLikeSessionToken(token)) {
      request.caller = LOCAL_CALLER;
      return true;
    }
    const targets = [context.getHandler(), context.getClass()];
    const accepted = this.reflector.getAllAndOverride<boolean | undefined>(SESSION_TOKEN_METADATA, targets);
    const caller = accepted ? await this.handshakes.callerOf(token) : undefined;
    if (!caller) throw new InvalidToken();
    request.caller = caller;
    return true;
  }
}
