import type { JsonObject } from '#gateway/tools/tool.js';

export type JsonRpcId = string | number;

/** Codes of JSON-RPC 2.0, of MCP, and of implementations of its older revisions. */
export const RPC = {
  PARSE_ERROR: -32_700,
  INVALID_REQUEST: -32_600,
  METHOD_NOT_FOUND: -32_601,
  INVALID_PARAMS: -32_602,
  INTERNAL_ERROR: -32_603,
  /** Older revisions only. */
  SERVER_ERROR: -32_000,
  SESSION_NOT_FOUND: -32_001,
  /** 2026-07-28. */
  HEADER_MISMATCH: -32_020,
  MISSING_CLIENT_CAPABILITY: -32_021,
  UNSUPPORTED_PROTOCOL_VERSION: -32_022,
} as const;

/** A failure that goes to the client as a JSON-RPC error, with the HTTP status that it has outside of a stream. */
export class RpcError extends Error {
  constructor(
    readonly rpcCode: number,
    message: string,
    readonly status = 200,
    readonly data?: JsonObject,
    cause?: unknown,
  ) {
    super(message, { cause });
    this.name = 'RpcError';
  }
}

/** A result that is JSON already: sent as it is, between the members around it. */
export class SerialisedResult {
  constructor(readonly json: string) {}
}

export const requestMessage = (id: JsonRpcId, method: string, params?: object): string =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params });

export const notificationMessage = (method: string, params?: object): string =>
  JSON.stringify({ jsonrpc: '2.0', method, params });

export const resultMessage = (id: JsonRpcId, result: object | SerialisedResult): string =>
  `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${
    result instanceof SerialisedResult ? result.json : JSON.stringify(result)
  }}`;

/** @param id null when the request could not be read so far as to know it */
export const errorMessage = (id: JsonRpcId | null, { rpcCode, message, data }: RpcError): string =>
  JSON.stringify({ jsonrpc: '2.0', id, error: { code: rpcCode, message, data } });
