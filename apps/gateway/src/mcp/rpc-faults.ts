import { Logger } from '@nestjs/common';
import type { AppError } from '#errors/app-error.js';
import { describe } from '#gateway/http/describe-error.js';
import {
  InvalidArguments,
  MissingClientCapability,
  PromptNotFound,
  ResourceNotFound,
  ToolNotFound,
  UpstreamRpcError,
} from '#gateway/tools/tools.errors.js';
import type { JsonObject, ToolResult } from '#gateway/tools/tool.js';
import { RPC, RpcError } from './json-rpc.js';
import type { Era } from './mcp-request.js';

const logger = new Logger('Mcp');

/** Of the revisions before 2026-07-28, for a resource that there is not. */
const RESOURCE_NOT_FOUND = -32_002;

/** Failures that say that the request itself is wrong. */
const OF_PARAMS = [ToolNotFound, PromptNotFound, InvalidArguments];

/** The failure as an error of JSON-RPC. What is unexpected is logged here, once, and says nothing to the client. */
export function toRpcError(error: unknown, era: Era): RpcError {
  if (error instanceof RpcError) return error;
  const { problem, headers, unexpected } = describe(error);
  if (unexpected) {
    logger.error(error, 'A request of MCP failed');
    return new RpcError(RPC.INTERNAL_ERROR, 'Something went wrong on our side.', 200, undefined, error);
  }
  if (error instanceof ResourceNotFound) {
    const code = era === 'modern' ? RPC.INVALID_PARAMS : RESOURCE_NOT_FOUND;
    return new RpcError(code, problem.detail, 200, { uri: problem['uri'] }, error);
  }
  if (error instanceof MissingClientCapability) return missingCapability(String(problem['required']).split(' '));
  if (error instanceof UpstreamRpcError) return ofUpstream(error, era);
  const isOfParams = OF_PARAMS.some((kind) => error instanceof kind);
  const retryAfter = headers['retry-after'];
  const data = { error: nameOf(problem), ...(retryAfter !== undefined && { retryAfter: Number(retryAfter) }) };
  const code = isOfParams ? RPC.INVALID_PARAMS : RPC.INTERNAL_ERROR;
  return new RpcError(code, problem.detail, 200, data, error);
}

/** Codes that mean the same whoever uses them. */
const RELAYED: ReadonlySet<number> = new Set([RPC.INVALID_REQUEST, RPC.METHOD_NOT_FOUND, RPC.INVALID_PARAMS]);

/** An upstream's own error. Codes that say something about this hop, or about a session, are none of the client's. */
function ofUpstream(error: AppError, era: Era): RpcError {
  const { rpc_code: given, data } = error.details.members as { rpc_code: number; data?: string };
  const notFound = given === RESOURCE_NOT_FOUND;
  const code = notFound
    ? era === 'modern'
      ? RPC.INVALID_PARAMS
      : given
    : RELAYED.has(given)
      ? given
      : RPC.INTERNAL_ERROR;
  const said: unknown = data === undefined ? undefined : JSON.parse(data);
  const told = typeof said === 'object' && said !== null ? (said as JsonObject) : undefined;
  return new RpcError(code, error.message, 200, told, error);
}

const NAMES = new Map<number, string>(Object.entries(RPC).map(([name, code]) => [code, name.toLowerCase()]));

/** The name of the failure in records: `header_mismatch`. */
export const failureCode = ({ rpcCode }: RpcError): string => NAMES.get(rpcCode) ?? 'not_found';

/** Nobody reads it: the client has left, or took the request back. */
export const cancelled = (cause: unknown) => new RpcError(RPC.INTERNAL_ERROR, 'Cancelled.', 200, undefined, cause);

/** @param required as `sampling` or `elicitation.url` */
export function missingCapability(required: readonly string[]): RpcError {
  const requiredCapabilities: Record<string, Record<string, object>> = {};
  for (const path of required) {
    const [name, part] = path.split('.') as [string, string | undefined];
    const capability = (requiredCapabilities[name] ??= {});
    if (part !== undefined) capability[part] = {};
  }
  const message = `This needs a client that declares: ${required.join(', ')}.`;
  return new RpcError(RPC.MISSING_CLIENT_CAPABILITY, message, 400, { requiredCapabilities });
}

/**
 * A tool's failure as a result, in words that a model can act on.
 * @throws RpcError for what is no failure of a tool: there is none of that name, the client lacks what it needs, a fault
 * of ours
 */
export function toToolResult(error: unknown, era: Era): ToolResult {
  const isProtocols = error instanceof ToolNotFound || error instanceof MissingClientCapability;
  if (error instanceof RpcError || isProtocols) throw toRpcError(error, era);
  const { problem, headers, unexpected } = describe(error);
  if (unexpected) throw toRpcError(error, era);
  const fields = error instanceof InvalidArguments ? problem.errors : undefined;
  const what = fields?.map(({ field, message }) => `${field} ${message}`).join('; ') ?? problem.detail;
  const retryAfter = headers['retry-after'];
  const hint = retryAfter === undefined || what.includes('Try again in') ? '' : ` Try again in ${retryAfter} s.`;
  return { content: [{ type: 'text', text: `${nameOf(problem)}: ${what}${hint}` }], isError: true };
}

/** The error's name in the runbook, where it has one. */
function nameOf(problem: JsonObject & { readonly code: string }): string {
  if (problem.code === 'rate_limited') return 'RateLimitError';
  return typeof problem['error'] === 'string' ? problem['error'] : problem.code;
}
