import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Handshakes } from '#core/handshake/handshakes.js';
import { looksLikeSessionToken } from '#core/handshake/session-token.js';
import { InvalidToken } from './auth.errors.js';
import { LOCAL_CALLER } from './local-caller.js';
import './access.js';

const BEARER = /^bearer +(\S+) *$/i;

/** Default deny, for every request, before its body is read. */
@Injectable()
export class AuthGuard {
  constructor(private readonly handshakes: Handshakes) {}

  /** Finds out who is asking. An `mcp_session_token` speaks for its owner on the signals routes only. */
  async identify(request: FastifyRequest): Promise<void> {
    const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined || !looksLikeSessionToken(token)) {
      request.caller = LOCAL_CALLER;
      return;
    }
    const { access } = request.routeOptions.config;
    const accepted = access?.kind === 'scopes' && access.sessionToken;
    request.caller = accepted ? await this.handshakes.callerOf(token) : undefined;
    if (!request.caller) request.refusal = new InvalidToken();
  }

  /** Lets the caller in, or not. */
  authorize(request: FastifyRequest): void {
    const { access } = request.routeOptions.config;
    if (access?.kind === 'public') return;
    if (request.refusal) throw request.refusal;
  }
}
