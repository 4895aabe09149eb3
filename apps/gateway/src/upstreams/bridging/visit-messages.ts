import type { InputRefusal, LogLevel } from '#gateway/tools/call-channel.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import type { LegAnswer } from './parked-call.js';
import type { PackedError } from './packed-errors.js';

/** A call as its owner finds it. */
export interface CallAddress {
  readonly call: string;
  readonly upstream: string;
  readonly principal: string;
}

/** A client has come back at `from`, with this. Sent again until it is heard. */
export interface Arrival extends CallAddress {
  readonly capabilities: JsonObject;
  readonly inputResponses?: JsonObject;
  readonly inputRefusals?: Readonly<Record<string, InputRefusal>>;
}

/** What the process with the client says to the one with the call. */
export type ToOwner = { readonly visit: string; readonly from: string } & (
  | ({ readonly kind: 'arrive' } & Arrival)
  /** The client still waits. */
  | { readonly kind: 'stay' }
  /** It does not any more, or has its answer. */
  | { readonly kind: 'go' }
);

/** What the process with the call says to the one with the client. */
export type ToVisitor = { readonly visit: string } &
  /** It has heard of the visit, and is at it. */
  (
    | { readonly kind: 'heard' }
    | { readonly kind: 'progress'; readonly progress: number; readonly total?: number; readonly message?: string }
    | { readonly kind: 'log'; readonly level: LogLevel; readonly data: unknown; readonly logger?: string }
    /** Said again until the visitor goes. */
    | { readonly kind: 'answer'; readonly answer: LegAnswer }
    | { readonly kind: 'fault'; readonly fault: PackedError }
  );

export const ownersChannel = (process: string) => `mcp:parked:${process}:in`;
export const visitorsChannel = (process: string) => `mcp:parked:${process}:out`;

/** How often each side says that it is still there. */
export const BEAT_MS = 500;

/** The other side has gone when nothing was heard of it for so long. */
export const SILENCE_MS = 5_000;
