import type { FastifyReply } from 'fastify';
import { errorMessage } from '../json-rpc.js';
import { toRpcError } from '../rpc-faults.js';
import { idOf } from '../rpc-message.js';

/** Answers an HTTP request of which nothing was done. @param body what it brought, which may hold an id */
export function refuse(reply: FastifyReply, error: unknown, body?: unknown): void {
  if (reply.sent) return void reply.raw.destroy();
  const fault = toRpcError(error, 'legacy');
  const status = fault.status === 200 ? 500 : fault.status;
  void reply
    .status(status)
    .type('application/json')
    .send(errorMessage(idOf(body), fault));
}
