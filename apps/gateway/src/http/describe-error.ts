import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import { StoreUnavailable } from '#core/core.errors.js';
import { isStoreUnavailable } from '#database/store-fault.js';
import { AppError } from '#errors/app-error.js';
import type { Problem } from './problem.js';

/** What a caller learns of a failure, and whether the operator should hear of it too. */
export interface PublicError {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;
  /** True when the fault is on our side and its cause belongs in the log. */
  readonly unexpected: boolean;
}

/** Refusals of the framework itself, before or beside any route: code and sentence by status. */
const FRAMEWORK: Readonly<Record<number, readonly [code: string, detail: string]>> = {
  404: ['route_not_found', 'There is nothing at this path, or not for this method.'],
  408: ['request_timeout', 'The request took too long to arrive.'],
  413: ['body_too_large', 'The body is larger than this endpoint takes.'],
  414: ['uri_too_long', 'The URL, or a part of it, is too long.'],
  415: ['unsupported_media_type', 'Send the body as application/json.'],
};

/** The one judge of what a stranger may learn. Anything it does not know is a 500 that says nothing. */
export function describe(error: unknown): PublicError {
  if (error instanceof AppError) return fromAppError(error);
  if (isStoreUnavailable(error)) return fromAppError(new StoreUnavailable(error));
  const status = error instanceof HttpException ? error.getStatus() : statusOf(error);
  if (status !== undefined && status >= 400 && status < 500) {
    const [code, detail] = FRAMEWORK[status] ?? ['bad_request', 'The request cannot be read.'];
    return plain(status, code, detail, false);
  }
  return plain(500, 'internal_error', 'Something went wrong on our side.', true);
}

/** The status that Fastify gives its own errors. Another library's idea of a status is not the client's fault. */
function statusOf(error: unknown): number | undefined {
  const { statusCode, code } = (error ?? {}) as { statusCode?: unknown; code?: unknown };
  const isFastify = typeof code === 'string' && code.startsWith('FST_');
  return isFastify && typeof statusCode === 'number' ? statusCode : undefined;
}

function fromAppError({ code, status, message, details }: AppError): PublicError {
  const headers: Record<string, string> = {};
  if (details.retryAfter !== undefined) headers['retry-after'] = String(details.retryAfter);
  if (details.challenge !== undefined) headers['www-authenticate'] = details.challenge;
  const errors = details.faults && { errors: details.faults };
  return {
    problem: { ...problemOf(status, code, message), ...errors, ...details.members },
    headers,
    unexpected: false,
  };
}

const plain = (status: number, code: string, detail: string, unexpected: boolean): PublicError => ({
  problem: problemOf(status, code, detail),
  headers: {},
  unexpected,
});

const problemOf = (status: number, code: string, detail: string): Problem => ({
  type: `urn:achilles:problem:${code}`,
  title: STATUS_CODES[status] ?? 'Error',
  status,
  detail,
  code,
});
