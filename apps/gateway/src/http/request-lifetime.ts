import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Inject, Injectable, Optional } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type RequestContext, withRequest } from '#observability/request-context.js';
import { RequestLog } from '#observability/request-log.js';
import { parseTraceParent, readTraceState, traceIdOf } from '#observability/trace-parent.js';
import { Tracing } from '#observability/tracing.js';
import { randomUUID } from 'node:crypto';
import { loggablePath } from './loggable-path.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** 32 hex digits, as in the log line and in `traceparent`. */
    traceId: string;
  }
}

/** What nginx calls a client that left before its answer. */
const CLIENT_LEFT = 499;

/** A request from its first hook to its last byte: what it is known by, and the one line that is left of it. */
@Injectable()
export class RequestLifetime {
  constructor(
    private readonly log: RequestLog,
    @Optional() @Inject(Tracing) private readonly tracing: Tracing | undefined,
  ) {}

  /** Everything that `next` starts is part of the request. */
  begin(request: FastifyRequest, reply: FastifyReply, next: () => void): void {
    const { headers } = request.raw;
    const parent = headers['traceparent'] === undefined ? undefined : parseTraceParent(headers['traceparent']);
    const traceState = parent && readTraceState(headers['tracestate']);
    const span = this.tracing?.begin(request.id, parent, traceState);
    const traceId = span?.traceId ?? parent?.traceId ?? traceIdOf(randomUUID());
    const context = { requestId: request.id, traceId, parent, traceState, span, startedAt: performance.now() };
    request.traceId = traceId;
    // Not Fastify's onResponse: a client that leaves early gets none.
    reply.raw.once('close', () => this.end(request, reply, context));
    reply.raw.on('timeout', cutStalledReader);
    withRequest(context, next);
  }

  private end(request: FastifyRequest, reply: FastifyReply, context: RequestContext): void {
    const path = loggablePath(request);
    const { url: route, config } = request.routeOptions;
    const status = reply.raw.writableFinished ? reply.raw.statusCode : CLIENT_LEFT;
    this.log.write(
      {
        requestId: context.requestId,
        method: request.method,
        operation: config?.operation ?? 'unknown',
        path,
        status,
        ms: Math.round((performance.now() - context.startedAt) * 100) / 100,
        tenant: request.caller?.tenant,
        traceId: context.traceId,
      },
      status < 400 && config?.probe === true,
    );
    context.span?.end({ method: request.method, route, path, status });
  }
}

/** Nothing moved for a while: a client that does not read its answer is cut, one whose answer is being made is not. */
function cutStalledReader(this: ServerResponse, socket: Socket): void {
  if (socket.writableLength > 0) socket.destroy();
}
