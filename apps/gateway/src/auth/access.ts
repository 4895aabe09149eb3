import type { Caller } from '#core/caller.js';
import type { AppError } from '#errors/app-error.js';
import type { SecurityFlag } from './claims.js';
import type { RefusalReason } from './refusal-reasons.js';
import type { Scope } from './scopes.js';

/** Who may call a route. */
export type Access =
  | { readonly kind: 'public' }
  | { readonly kind: 'scopes'; readonly scopes: readonly Scope[]; readonly sessionToken: boolean };

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Missing: nobody may call. */
    access?: Access;
    /** The route's name in records and metrics: the operationId of its OpenAPI operation. */
    operation?: string;
    /** True for what watches the gateway: neither limited nor recorded. */
    probe?: boolean;
  }

  interface FastifyRequest {
    /** Set by the guard; on a public route only when the caller said who it is. */
    caller?: Caller;
    /** Why `caller` is not set: thrown where a caller is needed. */
    refusal?: AppError;
    /** What was wrong with what the caller brought, or with what it wants: for records, never for the caller. */
    refusalReason?: RefusalReason;
    /** What is odd about a request that is served all the same. */
    securityFlags?: readonly SecurityFlag[];
  }
}
