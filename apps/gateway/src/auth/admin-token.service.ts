import { hash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';

import { ConfigService } from '@nestjs/config';
import type { FastifyRequest } from 'fastify';
import type { Config } from '#config/env.js';
import type { Caller } from '#core/caller.js';
import './access.js';
import { AuthMetrics } from './auth.metrics.js';
import { CallerTokens } from './caller-tokens.js';
import type { Scope } from './scopes.js';

/** What the token stands for. */
const RIGHT: Scope = 'tools:admin';

/** Where a token was shown; `argument` is that of a tool. */
export type ShownIn = 'argument' | 'header';

const HEADER = 'x-admin-token';

const digest = (text: string): Buffer => hash('sha256', text, 'buffer');

/** Who may make and change dynamic tools: who has the scope, or shows the operator's token. Only its SHA-256 is kept. */
@Injectable()
export class AdminToken {
  private readonly expected: Buffer | undefined;
  /** One for each caller that has shown the token, so that whatever is remembered by caller is remembered. */
  private readonly raised = new WeakMap<Caller, Caller>();

  constructor(
    private readonly tokens: CallerTokens,
    private readonly metrics: AuthMetrics,
    config: ConfigService<Config, true>,
  ) {
    const token = config.get('MCP_ADMIN_TOKEN', { infer: true });
    this.expected = token === undefined ? undefined : digest(token);
  }

  /** Whether there is one at all. */
  get isSet(): boolean {
    return this.expected !== undefined;
  }

  /** In the same time whatever was shown; what is not the token is counted. */
  isRight(shown: unknown, where: ShownIn): boolean {
    const { expected } = this;
    // Of something that is no text, the digest of another text than any token.
    const given = digest(typeof shown === 'string' ? shown : '');
    if (expected !== undefined && timingSafeEqual(given, expected)) return true;
    this.metrics.adminTokenRefused(where);
    return false;
  }

  /** Whoever shows it in the header has the scope, for this request. Another token adds nothing, and refuses nothing. */
  recognise(request: FastifyRequest): void {
    const { caller, headers, routeOptions } = request;
    const shown = headers[HEADER];
    if (shown === undefined || !caller || routeOptions.config.access?.kind === 'public') return;
    if (!caller.scopes.has(RIGHT) && this.isRight(shown, 'header')) request.caller = this.raise(caller);
  }

  /** @param shown undefined: none was */
  mayAdminister({ scopes }: Caller, shown: unknown): boolean {
    return scopes.has(RIGHT) || (shown !== undefined && this.isRight(shown, 'argument'));
  }

  /** The caller itself may be remembered, and act without the token the next time. */
  private raise(caller: Caller): Caller {
    let raised = this.raised.get(caller);
    if (!raised) {
      raised = Object.freeze({ ...caller, scopes: new Set([...caller.scopes, RIGHT]) });
      this.raised.set(caller, raised);
      const token = this.tokens.of(caller);
      if (token !== undefined) this.tokens.keep(raised, token);
    }
    return raised;
  }
}
