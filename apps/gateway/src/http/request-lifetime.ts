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
    /** Set where the request has become calls that leave records of their own: it leaves none. */
    recordedAsCalls?: true;
  }
}

/** What nginx calls a client that left before its answer. */
const CLIENT_LEFT = 499;

/** How a request ended. */
export interface RequestEnd {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Milliseconds from its first stage. */
  readonly ms: number;
  /** False when the client left before the end of its answer. */
  readonly answered: boolean;
}

/** Somebody who wants to know of every request, once when it begins and once when it ends, however it does. */
export interface RequestObserver {
  began?(): void;
  ended(end: RequestEnd): void;
}

const LIFE = Symbol('life');

interface Life {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly context: RequestContext;
}

/** Stands on the answer itself, so that no request needs a closure of its own. */
type Watched = ServerResponse & { [LIFE]?: Life };

/** A request from its first hook to its last byte: what it is known by, and the one line that is left of it. */
@Injectable()
export class RequestLifetime {
  private observers: readonly RequestObserver[] = [];
  private readonly onClose: (this: Watched) => void;

  constructor(
    private readonly log: RequestLog,
    @Optional() @Inject(Tracing) private readonly tracing: Tracing | undefined,
  ) {
    const end = (life: Life) => this.end(life);
    this.onClose = function onClose(this: Watched) {
      end(this[LIFE]!);
    };
  }

  /** Who is told of requests, in this order, before the line is written. */
  tell(observers: readonly RequestObserver[]): void {
    this.observers = observers;
  }

  /** Everything that `next` starts is part of the request. */
  begin(request: FastifyRequest, reply: FastifyReply, next: () => void): void {
    const { headers } = request.raw;
    const parent = headers['traceparent'] === undefined ? undefined : parseTraceParent(headers['traceparent']);
    const traceState = parent && readTraceState(headers['tracestate']);
    const span = this.tracing?.begin(request.id, parent, traceState);
    const traceId = span?.traceId ?? parent?.traceId ?? traceIdOf(randomUUID());
    const context = { requestId: request.id, traceId, parent, traceState, span, startedAt: performance.now() };
    request.traceId = traceId;
    const response: Watched = reply.raw;
    response[LIFE] = { request, reply, context };
    // Not Fastify's onResponse: a client that leaves early gets none. `close` comes once, for both.
    response.once('close', this.onClose);
    response.on('timeout', cutStalledReader);
    for (const observer of this.observers) observer.began?.();
    withRequest(context, next);
  }

  private end({ request, reply, context }: Life): void {
    const ms = performance.now() - context.startedAt;
    const answered = reply.raw.writableFinished;
    const end = { request, reply, ms, answered };
    for (const observer of this.observers) observer.ended(end);
    const path = loggablePath(request);
    const { url: route, config } = request.routeOptions;
    const status = answered ? reply.raw.statusCode : CLIENT_LEFT;
    this.log.write(
      {
        requestId: context.requestId,
        method: request.method,
        operation: config?.operation ?? 'unknown',
        path,
        status,
        ms: Math.round(ms * 100) / 100,
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
