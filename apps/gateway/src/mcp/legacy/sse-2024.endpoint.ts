import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LifecycleService } from '#gateway/lifecycle/lifecycle.service.js';
import { EventStream } from '../event-stream.js';
import { RPC, RpcError } from '../json-rpc.js';
import { readMessage } from '../rpc-message.js';
import { SessionTokens } from './legacy-session.js';
import { fail } from './fail.js';
import { SessionStreams } from './session-streams.js';
import { Sse2024Conversations } from './sse-2024-conversations.js';

/** Where clients of 2024-11-05 open their stream. */
export const STREAM_PATH = '/mcp/sse';

/** Where they send what they have to say; told to them in the first event. */
export const MESSAGES_PATH = '/mcp/messages';

/** MCP 2024-11-05, "HTTP+SSE": one stream on which everything is answered, and POSTs that are only ever accepted. */
@Injectable()
export class Sse2024Endpoint {
  constructor(
    private readonly tokens: SessionTokens,
    private readonly conversations: Sse2024Conversations,
    private readonly streams: SessionStreams,
    private readonly lifecycle: LifecycleService,
  ) {}

  /** GET: opens the stream. */
  open(request: FastifyRequest, reply: FastifyReply): void {
    this.listen(request, reply).catch((error: unknown) => fail(reply, error));
  }

  /** POST: one message. */
  message(request: FastifyRequest, reply: FastifyReply): void {
    this.receive(request, reply).catch((error: unknown) => fail(reply, error));
  }

  private async listen(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const caller = request.caller!;
    const mount = request.mount!;
    const session = this.tokens.begin(mount.path, caller, '2024-11-05', {});
    await this.streams.open(session, caller, undefined, () => {
      const lifetimeMs = session.expiresAt * 1_000 - Date.now();
      const connection = new EventStream(reply, this.lifecycle.stopping).endAfter(lifetimeMs);
      const id = this.conversations.begin(session, mount, connection);
      connection.send({ event: 'endpoint', data: `${MESSAGES_PATH}?sessionId=${id}` });
      return connection;
    });
  }

  private async receive(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { sessionId } = request.query as { sessionId?: unknown };
    if (typeof sessionId !== 'string') throw new RpcError(RPC.SERVER_ERROR, 'sessionId is required', 400);
    const message = readMessage(request.body);
    const { id, traceId, inputSha256 } = request;
    const carrier = { id, traceId, ...(inputSha256 !== undefined && { inputSha256 }) };
    const taken = await this.conversations.take(sessionId, message, request.caller!, carrier);
    if (!taken) throw new RpcError(RPC.SESSION_NOT_FOUND, 'Session not found', 404);
    void reply.status(202).type('text/plain').send('Accepted');
  }
}
