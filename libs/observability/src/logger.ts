import type { LoggerService } from '@nestjs/common';
import { type Logger, pino } from 'pino';
import { STANDARD_ERROR } from './log-destination.js';
import { redactText, SECRET_KEYS } from './redact.js';
import { currentRequest } from './request-context.js';

/** What Nest says of its own start-up: of use only when that goes wrong. */
const NEST_INTERNALS = new Set([
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestFactory',
  'NestApplication',
]);

type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug';

const MAX_CAUSES = 5;

/** Structured logs, one JSON object a line, on standard error; standard output is for people. */
export class StructuredLogger implements LoggerService {
  private readonly pino: Logger;

  constructor(level: string) {
    this.pino = pino(
      {
        level,
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        serializers: { err: describeFailure },
        redact: { paths: SECRET_KEYS.flatMap((key) => [`["${key}"]`, `*["${key}"]`]), censor: '[redacted]' },
        mixin: () => {
          const request = currentRequest();
          return request ? { request_id: request.requestId, trace_id: request.traceId } : {};
        },
      },
      STANDARD_ERROR,
    );
  }

  log(message: unknown, ...rest: unknown[]): void {
    const context = contextOf(rest);
    if (context !== undefined && NEST_INTERNALS.has(context)) this.write('debug', message, rest);
    else this.write('info', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /** Nest passes the context last, and an error's stack or a sentence about it before; fields come as an object. */
  private write(level: Level, message: unknown, rest: unknown[]): void {
    if (!this.pino.isLevelEnabled(level)) return;
    const context = contextOf(rest);
    const said = rest.length > 1 && typeof rest[0] === 'string' ? redactText(rest[0]) : undefined;
    if (message instanceof Error) this.pino[level]({ context, err: message }, said ?? redactText(message.message));
    else if (isFields(message)) this.pino[level]({ context, ...message }, said);
    else this.pino[level]({ context }, redactText(String(message)));
  }
}

const isFields = (message: unknown): message is Record<string, unknown> =>
  typeof message === 'object' && message !== null && Object.getPrototypeOf(message) === Object.prototype;

function contextOf(rest: unknown[]): string | undefined {
  const last = rest.at(-1);
  return typeof last === 'string' ? last : undefined;
}

interface Failure {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: Failure;
}

/** Of an error what helps to find it. Its other members may hold anything: a query, a request with its headers. */
function describeFailure(error: unknown, depth = 0): Failure {
  if (!(error instanceof Error)) return { type: typeof error, message: redactText(String(error)) };
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message: redactText(error.message),
    ...(typeof code === 'string' && { code: redactText(code) }),
    ...(error.stack !== undefined && { stack: redactText(error.stack) }),
    ...(error.cause !== undefined && depth < MAX_CAUSES && { cause: describeFailure(error.cause, depth + 1) }),
  };
}
