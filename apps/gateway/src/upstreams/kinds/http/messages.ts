import { scanJson } from '#gateway/http/json-scan.js';
import { isObject, type JsonObject } from '#gateway/tools/tool.js';

/** What answers a request of ours: a result, or an error. */
export interface RpcReply {
  readonly id: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
}

/** What an upstream tells, or asks, beside its answer. */
export interface RpcCall {
  /** Undefined: nobody waits for an answer. */
  readonly id: string | number | undefined;
  readonly method: string;
  readonly params: JsonObject;
}

/** Text shorter than this cannot be nested so deeply that it would break who reads it. */
const HARMLESS = 4_096;
const LIMITS = { depth: 256, keys: Infinity };
const NO_PARAMS: JsonObject = Object.freeze({});

/** The value of a JSON text; undefined for what is none, or is nested too deeply. */
export function readJson(text: string, bytes?: Buffer): unknown {
  if (text.length > HARMLESS && scanJson(bytes ?? Buffer.from(text), LIMITS) < 0) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** True for what answers the request of this id. An error without an id is of the request that was refused unread. */
export const repliesTo = (message: JsonObject, id: number): boolean =>
  message['method'] === undefined && (message['id'] === id || (message['id'] == null && isObject(message['error'])));

/** A request or a notification; undefined for what is neither. */
export function callIn({ id, method, params }: JsonObject): RpcCall | undefined {
  if (typeof method !== 'string') return undefined;
  const isId = typeof id === 'string' || typeof id === 'number';
  return { id: isId ? id : undefined, method, params: isObject(params) ? params : NO_PARAMS };
}
