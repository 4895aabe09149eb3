import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sessionHintOf } from '#gateway/capture/session-hint.js';
import { LifecycleService } from '#gateway/lifecycle/lifecycle.service.js';
import { EventStream } from '../event-stream.js';
import { RPC, RpcError } from '../json-rpc.js';
import { PostAnswer } from '../post-answer.js';
import { readMessage } from '../rpc-message.js';
import { readBatch } from './batch.js';
import { fail } from './fail.js';
import { type Arrival, LegacyMessages } from './legacy-messages.js';
import { LegacyMetrics } from './legacy.metrics.js';
import { LegacySessions, type Standing } from './legacy-sessions.js';
import { hasBatches } from './revisions.js';
import { SessionStreams } from './session-streams.js';

/** A token ends sooner or later; a stream that it opened must too. The client comes back with a token of that day. */
const LIFETIME_MS = 3_600_000;

/** MCP 2025-03-26 to 2025-11-25: a handshake, sessions, and a stream from the server. */
@Injectable()
export class LegacyEndpoint {
  constructor(
    private readonly sessions: LegacySessions,
    private readonly messages: LegacyMessages,
    private readonly streams: SessionStreams,
    private readonly lifecycle: LifecycleService,
    metrics: LegacyMetrics,
  ) {
    metrics.listening = () => streams.size;
  }

  post(request: FastifyRequest, reply: FastifyReply): void {
    this.receive(request, reply).catch((error: unknown) => fail(reply, error));
  }

  get(request: FastifyRequest, reply: FastifyReply): void {
    this.listen(request, reply).catch((error: unknown) => fail(reply, error));
  }

  delete(request: FastifyRequest, reply: FastifyReply): void {
    this.end(request, reply).catch((error: unknown) => fail(reply, error));
  }

  private async receive(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (!accepts(request, 'application/json') || !accepts(request, 'text/event-stream')) {
      throw notAcceptable('Client must accept both application/json and text/event-stream');
    }
    const { body } = request;
    if (Array.isArray(body)) return this.receiveBatch(body, request, reply);
    const message = readMessage(body);
    if (message.kind === 'request' && message.method === 'initialize') {
      return this.sessions.begin(message, request.mount!, request.caller!, reply);
    }
    const standing = await this.sessions.resolve(request);
    const answer = new PostAnswer(reply);
    const text = await this.messages.take(message, arrivalOf(request, standing, answer));
    if (text === undefined) answer.finishSilently();
    else answer.finish(200, text);
  }

  private async receiveBatch(body: readonly unknown[], request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const standing = await this.sessions.resolve(request);
    if (!hasBatches(standing.version)) throw new RpcError(RPC.INVALID_REQUEST, 'This revision has no batches.', 400);
    const batch = readBatch(body);
    const answer = new PostAnswer(reply);
    const arrival = arrivalOf(request, standing, answer);
    const answers: string[] = [];
    await Promise.all(
      batch.map(async (part) => {
        const text = 'refusal' in part ? part.refusal : await this.messages.take(part.message, arrival);
        if (text === undefined) return;
        if (answer.streaming) answer.tell(text);
        else answers.push(text);
      }),
    );
    if (answer.streaming) {
      for (const text of answers) answer.tell(text);
      answer.finishSilently();
    } else if (answers.length === 0) answer.finishSilently();
    else answer.finish(200, `[${answers.join(',')}]`);
  }

  private async listen(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (request.headers['mcp-session-id'] === undefined) {
      reply.header('allow', 'POST');
      throw new RpcError(RPC.SERVER_ERROR, 'Method not allowed without a session.', 405);
    }
    if (!accepts(request, 'text/event-stream')) throw notAcceptable('Client must accept text/event-stream');
    const { session } = await this.sessions.resolve(request);
    const { 'last-event-id': lastEventId } = request.headers;
    const last = typeof lastEventId === 'string' ? lastEventId : undefined;
    const connect = () => new EventStream(reply, this.lifecycle.stopping).endAfter(LIFETIME_MS);
    await this.streams.open(session!, request.caller!, last, connect);
  }

  private async end(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { session } = await this.sessions.resolve(request);
    if (!session) throw new RpcError(RPC.SERVER_ERROR, 'Bad Request: Mcp-Session-Id header is required', 400);
    await this.sessions.end(session);
    void reply.status(204).send();
  }
}

function arrivalOf(request: FastifyRequest, standing: Standing, answer: PostAnswer): Arrival {
  const hint = sessionHintOf(request, standing.session?.id);
  return {
    ...standing,
    mount: request.mount!,
    caller: request.caller!,
    outlet: answer,
    left: answer.left,
    carrier: request,
    ...(hint && { hint }),
  };
}

function accepts({ headers: { accept } }: FastifyRequest, type: string): boolean {
  if (accept === undefined) return false;
  return accept.includes(type) || accept.includes('*/*') || accept.includes(`${type.slice(0, type.indexOf('/'))}/*`);
}

const notAcceptable = (message: string) => new RpcError(RPC.SERVER_ERROR, `Not Acceptable: ${message}`, 406);
