import { objectOf, textOf } from '../formats/untrusted-json.js';

/** One JSON-RPC message, as far as a bridge must understand it; everything else passes unread. */
export interface JsonRpcMessage {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  /** The answer, or why there is none. */
  readonly result?: unknown;
  readonly error?: unknown;
}

/** Undefined where the text is no JSON object. */
export function messageIn(text: string): JsonRpcMessage | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value && typeof value === 'object' && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export const isRequest = ({ id, method }: JsonRpcMessage): boolean => id !== undefined && typeof method === 'string';

/** Ids 1 and "1" are two. */
export const keyOf = (id: unknown): string => JSON.stringify(id);

/** The revision that a message without a session names in its envelope (2026-07-28 and later). */
export const revisionOf = (message: JsonRpcMessage): string | undefined =>
  textOf(objectOf(objectOf(message.params)?.['_meta'])?.['io.modelcontextprotocol/protocolVersion']);
