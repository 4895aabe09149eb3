import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import type { Caller } from '#core/caller.js';
import type { Access } from './access.js';
import type { Scope } from './scopes.js';

// Each route declares once who may call it. What it declares stands in the route's own configuration, where the guard
// finds it before the body is read. A route that declares nothing is refused.

/** Anybody may call. */
export const Public = () => route({ kind: 'public' });

/** Anybody may call, as often as it likes, and no record is kept: for what watches the gateway. */
export const Probe = () => route({ kind: 'public' }, true);

/** Every caller may call: what it gets depends on who it is. */
export const AnyCaller = () => route({ kind: 'scopes', scopes: [], sessionToken: false });

/** Callers with all of these scopes may call. */
export const Scopes = (...scopes: [Scope, ...Scope[]]) => route({ kind: 'scopes', scopes, sessionToken: false });

/** As `Scopes`; an `mcp_session_token` does too. */
export const ScopesOrSessionToken = (...scopes: [Scope, ...Scope[]]) =>
  route({ kind: 'scopes', scopes, sessionToken: true });

const route =
  (access: Access, probe = false): MethodDecorator =>
  (target, key, descriptor) =>
    RouteConfig({ access, operation: String(key), probe })(target, key, descriptor);

/** Who is asking. */
export const CurrentCaller = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Caller => context.switchToHttp().getRequest<FastifyRequest>().caller!,
);
