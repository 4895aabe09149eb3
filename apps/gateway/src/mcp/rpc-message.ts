import { isObject, type JsonObject } from '#gateway/tools/tool.js';
import { type JsonRpcId, RPC, RpcError } from './json-rpc.js';

export interface RpcRequest {
  readonly kind: 'request';
  readonly id: JsonRpcId;
  readonly method: string;
  readonly params: JsonObject;
}
export interface RpcNotification {
  readonly kind: 'notification';
  readonly method: string;
  readonly params: JsonObject;
}
export interface RpcResponse {
  readonly kind: 'response';
  readonly id: JsonRpcId;
  readonly result?: JsonObject;
  readonly error?: JsonObject;
}
export type RpcMessage = RpcRequest | RpcNotification | RpcResponse;

const MEMBERS = new Set(['jsonrpc', 'id', 'method', 'params', 'result', 'error']);
const FOLDED = new Set([...MEMBERS].map((name) => name.toUpperCase()));

const NO_PARAMS: JsonObject = Object.freeze({});

const invalid = (message: string) => new RpcError(RPC.INVALID_REQUEST, message, 400);

/**
 * One message of JSON-RPC 2.0, read so that nobody who reads it otherwise could find another in it.
 * @throws RpcError, with status 400
 */
export function readMessage(value: unknown): RpcMessage {
  if (!isObject(value)) throw invalid('The body is not one JSON-RPC message.');
  for (const name of Object.keys(value)) if (!MEMBERS.has(name)) refuseLookAlike(name);
  const { jsonrpc, id, method, params } = value;
  if (jsonrpc !== '2.0') throw invalid('jsonrpc must be "2.0".');
  if (id !== undefined && !isId(id)) throw invalid('id must be a string or an integer.');
  if (method === undefined) return readResponse(value, id);
  if (typeof method !== 'string' || method === '') throw invalid('method must be a string.');
  if (value['result'] !== undefined || value['error'] !== undefined) throw invalid('A request has no result or error.');
  if (params !== undefined && !isObject(params)) throw invalid('params must be an object.');
  if (params !== undefined && Object.hasOwn(params, '__proto__')) throw invalid('params must not hold __proto__.');
  return id === undefined
    ? { kind: 'notification', method, params: params ?? NO_PARAMS }
    : { kind: 'request', id, method, params: params ?? NO_PARAMS };
}

/** The id of what may be a request; null where it has none that could be given back. */
export function idOf(value: unknown): JsonRpcId | null {
  const id = isObject(value) ? value['id'] : undefined;
  return isId(id) ? id : null;
}

/** An integer that JSON.parse has rounded would come back as another. */
const isId = (id: unknown): id is JsonRpcId => typeof id === 'string' || Number.isSafeInteger(id);

function readResponse(value: JsonObject, id: JsonRpcId | undefined): RpcResponse {
  const { result, error } = value;
  if (id === undefined || value['params'] !== undefined) throw invalid('method is missing.');
  if (isObject(result) && error === undefined) return { kind: 'response', id, result };
  if (isObject(error) && result === undefined) return { kind: 'response', id, error };
  throw invalid('A response has either a result or an error, and it is an object.');
}

/** Readers that ignore case take `Method` for `method`. What looks like no member at all is passed over. */
function refuseLookAlike(name: string): void {
  const folded = name.normalize('NFKC').trim().toUpperCase();
  if (FOLDED.has(folded) || name === '__proto__') {
    throw invalid(`The member ${JSON.stringify(name.slice(0, 40))} cannot be told from another.`);
  }
}
