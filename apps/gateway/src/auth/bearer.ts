import type { FastifyRequest } from 'fastify';
import { type RefusalReason } from './refusal-reasons.js';

const BEARER = /^bearer ([\w.~+/-]+=*)$/i;

/** RFC 6750 §2.3 lets it be there; addresses end in logs. */
const TOKEN_PARAMETER = /^\s*access_token(?!\w)/i;

/** The token that a request brings in its one `Authorization` header, or why there is none. */
export type Presented = { readonly token: string } | { readonly refusal: RefusalReason };

const NONE: Presented = { refusal: 'no_token' };
const MALFORMED: Presented = { refusal: 'authorization_malformed' };
const REPEATED: Presented = { refusal: 'authorization_repeated' };
const IN_QUERY: Presented = { refusal: 'token_in_query' };

/** Looks where a token may be, and refuses what could be read in two ways. */
export function bearerOf(request: FastifyRequest): Presented {
  if (hasTokenInQuery(request)) return IN_QUERY;
  const { authorization } = request.headers;
  if (authorization === undefined) return NONE;
  // Node keeps the first of two and says nothing; what stands in front of it may have read the other.
  if (countAuthorizations(request.raw.rawHeaders) !== 1) return REPEATED;
  const token = BEARER.exec(authorization)?.[1];
  return token === undefined ? MALFORMED : { token };
}

function hasTokenInQuery(request: FastifyRequest): boolean {
  if (!request.raw.url?.includes('?')) return false;
  return Object.keys(request.query as object).some((name) => TOKEN_PARAMETER.test(name));
}

function countAuthorizations(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if (name.length === 13 && name.toLowerCase() === 'authorization') count++;
  }
  return count;
}
