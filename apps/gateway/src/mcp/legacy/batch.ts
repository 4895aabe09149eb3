import { errorMessage, RPC, RpcError } from '../json-rpc.js';
import { idOf, readMessage, type RpcMessage } from '../rpc-message.js';

/** Messages of one POST; each costs as much as one that comes alone. */
const MOST_MESSAGES = 50;

/** One part of a batch: a message, or the error that is its answer. */
export type BatchPart = { readonly message: RpcMessage } | { readonly refusal: string };

const invalid = (message: string) => new RpcError(RPC.INVALID_REQUEST, message, 400);

/**
 * The messages of a batch (2025-03-26). One that cannot be read is answered for itself.
 * @throws RpcError for a batch that is none
 */
export function readBatch(body: readonly unknown[]): readonly BatchPart[] {
  if (body.length === 0) throw invalid('The batch is empty.');
  if (body.length > MOST_MESSAGES) throw invalid(`A batch holds ${MOST_MESSAGES} messages at most.`);
  const parts = body.map(readPart);
  for (const part of parts) {
    if (!('message' in part) || part.message.kind === 'response') continue;
    if (part.message.method === 'initialize') throw invalid('initialize comes alone.');
  }
  return parts;
}

function readPart(value: unknown): BatchPart {
  try {
    return { message: readMessage(value) };
  } catch (error) {
    return { refusal: errorMessage(idOf(value), error as RpcError) };
  }
}
