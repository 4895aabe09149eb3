import type { Caller } from '#core/caller.js';
import type { CallChannel } from './call-channel.js';
import type { Mount } from './mount.js';
import type { JsonObject, Tool, ToolAnswer } from './tool.js';

/** Which of the caller's agent sessions a call belongs to, as far as the request says. */
export interface SessionHint {
  /** `external_session_key` of the session, or its id. */
  readonly key?: string;
  readonly workspaceId?: string;
  /** An `mcp_session_token` that names the workspace, not looked at yet. */
  readonly token?: string;
}

/** A call as it comes in, over REST or MCP. */
export interface ToolRequest {
  /** Where the name counts. */
  readonly mount: Mount;
  readonly name: string;
  /** As the client sent them. */
  readonly arguments: JsonObject;
  readonly caller: Caller;
  /** Aborted when the client left or took the call back. */
  readonly signal: AbortSignal;
  readonly channel: CallChannel;
  readonly via: 'rest' | 'mcp';
  readonly requestId: string;
  readonly traceId: string;
  readonly inputSha256?: string;
  readonly session?: SessionHint;
  /** How many calls this one is inside of; undefined: of none. */
  readonly depth?: number;
  /** What was odd about the request that carried it, for the record. */
  readonly securityFlags?: readonly string[];
  /** What the client calls itself; never decides anything. */
  readonly client?: { readonly name: string; readonly version?: string };
}

/** How a call ended, for records, metrics and signals. */
export interface ToolCallEnd {
  readonly request: ToolRequest;
  /** Undefined: there is no such tool, for this caller at least. */
  readonly tool?: Tool;
  /** The arguments as they were checked; undefined when they were refused. */
  readonly arguments?: JsonObject;
  readonly answer?: ToolAnswer;
  readonly error?: unknown;
  /** True when the answer was remembered. */
  readonly cached: boolean;
  /** Bytes of the result, as JSON, where they are known. */
  readonly outputBytes?: number;
  /** What was found in the answer and taken out of it, for the record. */
  readonly securityFlags?: readonly string[];
  /** True when it is recorded as what it has changed. */
  readonly recorded?: boolean;
  readonly ms: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/** Somebody who is told of every call, once, when it has ended. It never throws and never waits. */
export abstract class ToolCallObserver {
  abstract ended(end: ToolCallEnd): void;
}
