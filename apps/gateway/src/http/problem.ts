import type { FieldFault } from '#errors/app-error.js';

/** A problem document, RFC 9457. `code` is stable; `errors` names each field that is wrong. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly errors?: readonly FieldFault[];
  readonly [member: string]: unknown;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The code of the problem that the request was answered with. */
    problemCode?: string;
  }
}

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';
