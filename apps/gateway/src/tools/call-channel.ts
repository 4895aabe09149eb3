import type { JsonObject } from './tool.js';

/** Why a client did not answer what it was asked: an error of JSON-RPC. */
export interface InputRefusal {
  readonly code: number;
  readonly message: string;
}

/** RFC 5424 severities, lowest first, as MCP's logging uses them. */
export const LOG_LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What the one who calls can be told while it waits, and what it brought for this call beside its arguments. */
export interface CallChannel {
  /** What the client can be asked for: `clientCapabilities` of the request, or of its session. */
  readonly capabilities: JsonObject;
  /** The client's answers to what an earlier round of this call asked for. */
  readonly inputResponses?: JsonObject;
  /** What an earlier round left, as the source gave it out. */
  readonly requestState?: string;
  /** What the client refused of it, by the same keys; only for a source that said `refusable`. */
  readonly inputRefusals?: Readonly<Record<string, InputRefusal>>;
  /** Aborted when no other round of this call will come. Undefined: nobody can tell. */
  readonly over?: AbortSignal | undefined;
  /** False: nobody wants to hear of progress, so that a source need not tell. Undefined: somebody may. */
  readonly wantsProgress?: boolean;
  /** The least severe message that is wanted; undefined: none is. */
  readonly logLevel?: LogLevel | undefined;
  /** Tells how far the work is; `progress` only ever grows. Nothing happens where nobody asked for it. */
  progress(progress: number, total?: number, message?: string): void;
  /** Sends a log message. Nothing happens below the level that was asked for. */
  log(level: LogLevel, data: unknown, logger?: string): void;
  /** Tells that what a person was sent to an address for is done (`notifications/elicitation/complete`), where clients are told. */
  completed?(elicitationId: string): void;
}

/** Of a caller that can be told nothing before the answer. */
export const SILENT: CallChannel = Object.freeze({
  capabilities: Object.freeze({}),
  wantsProgress: false,
  progress: () => undefined,
  log: () => undefined,
});
