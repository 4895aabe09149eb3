import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AppError } from '#errors/app-error.js';
import type { RequestLog } from '#observability/request-log.js';
import { describe } from './describe-error.js';
import { HeadersTooLarge, MalformedRequest, RequestTimeout } from './http.errors.js';
import { maskedPath, pathOf } from './loggable-path.js';
import { PROBLEM_MEDIA_TYPE } from './problem.js';
import { REQUEST_ID_HEADER, requestIdOf } from './request-id.js';
import { SECURITY_HEADERS } from './security-headers.js';
import { traceIdOf } from '#observability/trace-parent.js';
import { randomUUID } from 'node:crypto';

// Answers to what never became a request of the framework's: they say the same, in the same form, as all others.

/** How long a refused client may take to read why. */
const LINGER_MS = 500;

/** Node's parser gave up, or its patience ended: the client hears why, and the connection ends. */
export function refuseConnection(error: Error & { code?: string }, socket: Socket, log: RequestLog): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return void socket.destroy();
  // Said already: what still comes in is not listened to.
  if (socket.writableEnded) return;
  const refusal = refusalOf(error.code);
  const response = answerUnderWay(socket);
  if (response?.headersSent) return void socket.destroy();
  if (response) {
    writeProblem(response, refusal, requestIdOf(response.req));
  } else if (socket.writable) {
    const requestId = randomUUID();
    socket.end(rawProblem(refusal, requestId));
    log.refused({ requestId, status: refusal.status, code: refusal.code });
  }
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

function refusalOf(code: string | undefined): AppError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new RequestTimeout();
  if (code === 'HPE_HEADER_OVERFLOW') return new HeadersTooLarge();
  return new MalformedRequest();
}

/** The answer that this connection owes to a request whose body did not come; Node's own handler looks there too. */
const answerUnderWay = (socket: Socket): ServerResponse<IncomingMessage> | undefined =>
  (socket as { _httpMessage?: ServerResponse<IncomingMessage> | null })._httpMessage ?? undefined;

/** The router could not read the path: there is no route, so there are no hooks either. */
export function refuseUnroutable(error: Error, request: FastifyRequest, reply: FastifyReply, log: RequestLog): void {
  const { problem } = describe(error);
  const startedAt = performance.now();
  reply.raw.once('close', () => {
    log.write(
      {
        requestId: request.id,
        method: request.raw.method!,
        operation: 'unknown',
        path: maskedPath(pathOf(request.raw.url!)),
        status: problem.status,
        ms: Math.round((performance.now() - startedAt) * 100) / 100,
        tenant: undefined,
        traceId: traceIdOf(randomUUID()),
      },
      false,
    );
  });
  const body = JSON.stringify(problem);
  reply.raw.writeHead(problem.status, headersOf(request.id, body)).end(body);
}

/** Writes the refusal as the whole answer, and the last one of its connection. */
export function writeProblem(response: ServerResponse, refusal: AppError, requestId: string): void {
  const body = JSON.stringify(describe(refusal).problem);
  response.writeHead(refusal.status, { ...headersOf(requestId, body), connection: 'close' }).end(body);
}

const headersOf = (requestId: string, body: string): Record<string, string> => ({
  ...SECURITY_HEADERS,
  'content-type': PROBLEM_MEDIA_TYPE,
  'content-length': String(Buffer.byteLength(body)),
  [REQUEST_ID_HEADER]: requestId,
});

function rawProblem(refusal: AppError, requestId: string): string {
  const body = JSON.stringify(describe(refusal).problem);
  const head = Object.entries({
    ...headersOf(requestId, body),
    date: new Date().toUTCString(),
    connection: 'close',
  });
  const lines = head.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}\r\n${lines}\r\n${body}`;
}
