import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { FastifyRequest } from 'fastify';
import type { Config } from '#config/env.js';
import { splitList } from '#config/split-list.js';
import type { Caller } from '#core/caller.js';
import { Handshakes } from '#core/handshake/handshakes.js';
import { looksLikeSessionToken } from '#core/handshake/session-token.js';
import type { AppError } from '#errors/app-error.js';
import type { Access } from './access.js';
import {
  IdentityProviderUnavailable,
  InsufficientScope,
  InvalidToken,
  RouteClosed,
  TokenRequired,
} from './auth.errors.js';
import { AuthMetrics } from './auth.metrics.js';
import { bearerOf } from './bearer.js';
import type { Verified } from './claims.js';
import { Issuers } from './issuers.js';
import { LOCAL_CALLER } from './local-caller.js';
import { metadataUrlOf } from './protected-resource.js';
import { type RefusalReason, TokenRefused } from './refusal-reasons.js';
import { TokenMemory } from './token-memory.js';

type Proceed = (error?: Error) => void;

/** Default deny, for every request, before its body is read. */
@Injectable()
export class AuthGuard {
  private readonly publicUrl: string | undefined;
  private readonly required: readonly string[];
  private readonly asksForTokens: boolean;
  /** Every scope that a route needs, by what it declares. */
  private readonly needed = new WeakMap<Access, readonly string[]>();

  constructor(
    private readonly handshakes: Handshakes,
    private readonly issuers: Issuers,
    private readonly tokens: TokenMemory,
    private readonly metrics: AuthMetrics,
    config: ConfigService<Config, true>,
  ) {
    this.publicUrl = config.get('PUBLIC_URL', { infer: true });
    this.asksForTokens = issuers.any;
    this.required = this.asksForTokens ? splitList(config.get('AUTH_REQUIRED_SCOPES', { infer: true })) : [];
  }

  /** Finds out who is asking; at once when the token is remembered. A public route waits for nobody's keys. */
  identify(request: FastifyRequest, proceed: Proceed): void {
    const presented = bearerOf(request);
    const isPublic = request.routeOptions.config.access?.kind === 'public';
    if ('token' in presented && looksLikeSessionToken(presented.token)) {
      this.identifyBySession(request, presented.token).then(proceed, proceed);
      return;
    }
    if (!this.asksForTokens) {
      request.caller = LOCAL_CALLER;
    } else if ('refusal' in presented) {
      this.refuse(request, presented.refusal);
    } else {
      const name = this.tokens.nameOf(presented.token);
      const remembered = this.tokens.recall(name);
      if (remembered) accept(request, remembered);
      else if (!isPublic) {
        this.identifyByToken(request, name, presented.token).then(proceed, proceed);
        return;
      }
    }
    proceed();
  }

  /** Lets the caller in, or not. */
  authorize(request: FastifyRequest, proceed: Proceed): void {
    const { access } = request.routeOptions.config;
    if (access?.kind === 'public') return proceed();
    const error = this.denialOf(request, access);
    if (!error) this.metrics.granted.inc();
    else this.metrics.denied(request.refusalReason ?? 'no_token');
    proceed(error);
  }

  private denialOf(request: FastifyRequest, access: Access | undefined): AppError | undefined {
    const { caller } = request;
    if (!caller) return request.refusal ?? new TokenRequired(this.metadataUrl(request));
    // Whoever is known may learn that there is nothing.
    if (request.is404) return undefined;
    if (access?.kind !== 'scopes') {
      request.refusalReason = 'route_closed';
      return new RouteClosed();
    }
    const needed = this.scopesOf(access, caller);
    for (const scope of needed) {
      if (caller.scopes.has(scope)) continue;
      request.refusalReason = 'scope_missing';
      return new InsufficientScope(needed, this.metadataUrl(request));
    }
    return undefined;
  }

  /** Who brings a session token had AUTH_REQUIRED_SCOPES when it was given out. */
  private scopesOf(access: Access & { kind: 'scopes' }, caller: Caller): readonly string[] {
    if (this.required.length === 0 || caller.workspaceId !== undefined) return access.scopes;
    let needed = this.needed.get(access);
    if (!needed) this.needed.set(access, (needed = [...new Set([...this.required, ...access.scopes])]));
    return needed;
  }

  /** An `mcp_session_token` speaks for its owner on the routes that say so. */
  private async identifyBySession(request: FastifyRequest, token: string): Promise<undefined> {
    const { access } = request.routeOptions.config;
    const isTaken = access?.kind === 'scopes' && access.sessionToken;
    const caller = isTaken ? await this.handshakes.callerOf(token) : undefined;
    if (caller && this.mayAct(caller)) request.caller = caller;
    else this.refuse(request, 'session_token_refused');
  }

  private async identifyByToken(request: FastifyRequest, name: string, token: string): Promise<undefined> {
    try {
      accept(request, await this.tokens.learn(name, token));
    } catch (error) {
      if (error instanceof TokenRefused) {
        this.refuse(request, error.reason);
      } else if (error instanceof IdentityProviderUnavailable) {
        request.refusal = error;
        request.refusalReason = 'identity_provider_unavailable';
      } else {
        throw error;
      }
    }
  }

  /** A session token outlives what the operator said when it was given out; what he says now counts. */
  private mayAct({ issuer, tenant }: Caller): boolean {
    if (!this.asksForTokens) return issuer === LOCAL_CALLER.issuer;
    const trusted = this.issuers.named(issuer);
    return trusted !== undefined && (trusted.tenants?.has(tenant) ?? true);
  }

  private refuse(request: FastifyRequest, reason: RefusalReason): void {
    request.refusalReason = reason;
    if (request.routeOptions.config.access?.kind === 'public') return;
    const Refusal = reason === 'no_token' ? TokenRequired : InvalidToken;
    request.refusal = new Refusal(this.metadataUrl(request));
  }

  private metadataUrl(request: FastifyRequest): string | undefined {
    return this.asksForTokens ? metadataUrlOf(request, this.publicUrl) : undefined;
  }
}

function accept(request: FastifyRequest, { caller, flags }: Verified): void {
  request.caller = caller;
  if (flags) request.securityFlags = flags;
}
