import type { EgressAnswer } from '#egress/egress-client.js';
import { AddressRefused, AnswerTooLarge } from '#egress/egress.errors.js';
import { AppError } from '#errors/app-error.js';
import { isObject, type JsonObject } from '#gateway/tools/tool.js';
import { BackendUnavailable, InvalidResult, UpstreamResponse, UpstreamRpcError } from '#gateway/tools/tools.errors.js';
import { retryAfterMs } from '#resilience/retry-policy.js';
import { UpstreamAddressRefused } from '../../upstreams.errors.js';
import { readJson } from './messages.js';
import { isCompressed, type Posted } from './post.js';

const MOST_WORDS = 500;
const MOST_DATA = 16_384;

/** An error of JSON-RPC, as far as it is one. */
export interface RpcFault {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/**
 * The result, as the upstream gave it.
 * @param hide takes the gateway's own secrets out of what the upstream says
 * @throws UpstreamRpcError, UpstreamResponse, InvalidResult, BackendUnavailable where the answer broke off
 */
export function resultOf(posted: Posted, upstream: string, hide: (text: string) => string): JsonObject {
  const fault = faultIn(posted);
  if (fault) throw rpcError(upstream, fault, hide);
  const { status, reply, cut } = posted;
  if (status < 200 || status > 299) throw refusal(posted, upstream);
  if (cut?.error !== undefined) throw new BackendUnavailable(upstream, cut.error);
  if (!reply) throw new InvalidResult(upstream, 'it ended without a result');
  if (!isObject(reply.result)) throw new InvalidResult(upstream, 'its result is no object');
  return reply.result;
}

/** The error that an answer tells of, in its message or, where it was refused, in its body. */
export function faultIn({ status, headers, reply, body }: Posted): RpcFault | undefined {
  if (reply) return faultOf(reply.error);
  // Whoever lets nobody in, or does not work, has no say about the call.
  if (!body || isCompressed(headers) || status === 401 || status === 403 || status < 400 || status > 499)
    return undefined;
  const value = readJson(body.toString(), body);
  return isObject(value) ? faultOf(value['error']) : undefined;
}

function faultOf(error: unknown): RpcFault | undefined {
  if (!isObject(error)) return undefined;
  const { code, message, data } = error;
  if (!Number.isSafeInteger(code)) return undefined;
  return { code: code as number, message: typeof message === 'string' ? message : '', data };
}

// oxlint-disable-next-line no-control-regex -- they are what is looked for
const UNSEEN = /[\0-\x1f\x7f-\x9f\p{Cf}]+/gu;

export function rpcError(
  upstream: string,
  { code, message, data }: RpcFault,
  hide: (text: string) => string,
): AppError {
  const words = hide(message.slice(0, 4 * MOST_WORDS).toWellFormed())
    .replace(UNSEEN, ' ')
    .trim()
    .slice(0, MOST_WORDS);
  const said = data === undefined ? undefined : JSON.stringify(data);
  const isKept = said !== undefined && said.length <= MOST_DATA;
  return new UpstreamRpcError(upstream, code, words || `error ${code}`, isKept ? JSON.parse(hide(said)) : undefined);
}

const first = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value);

/** Of any other answer only the status is told: a body may hold what no caller should see. */
export function refusal({ status, headers }: Pick<EgressAnswer, 'status' | 'headers'>, upstream: string): AppError {
  const wait = retryAfterMs(first(headers['retry-after']), Date.now());
  return new UpstreamResponse(upstream, status, wait === undefined ? undefined : Math.ceil(wait / 1_000));
}

/** Why no answer came, as a caller may know it. */
export function failureOf(error: unknown, upstream: string, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof AppError) return error;
  if (error instanceof AddressRefused) return new UpstreamAddressRefused(upstream, error.reason);
  if (error instanceof AnswerTooLarge) {
    if (error.status > 299) return new UpstreamResponse(upstream, error.status);
    return new InvalidResult(upstream, `it has more than ${error.maxBytes} bytes`);
  }
  return new BackendUnavailable(upstream, error);
}

/** The status that the upstream refused with; undefined where it did not. */
export const statusIn = (error: unknown): number | undefined =>
  error instanceof UpstreamResponse ? Number(error.details.members?.['upstream_status']) : undefined;
