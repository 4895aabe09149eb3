import type { Caller, Tier } from '#core/caller.js';
import type { ChangeOrigin } from '#gateway/audit/change-records.service.js';
import type { CallChannel } from './call-channel.js';

export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A tool as `tools/list` shows it. It is relayed as it is: members that are not named here, too. */
export interface ToolDefinition {
  /** 1–64 of `[A-Za-z0-9_./-]`. */
  readonly name: string;
  readonly title?: string;
  readonly description: string;
  readonly inputSchema: JsonObject;
  readonly outputSchema?: JsonObject;
  readonly annotations?: JsonObject;
  readonly _meta?: JsonObject;
  readonly [member: string]: unknown;
}

/** A tool, and the terms on which it is called. A changed tool is another object. */
export interface Tool {
  readonly definition: ToolDefinition;
  /** What it is called at: name of its breaker and its bulkhead, label of metrics, `upstream` of records. From a closed set. */
  readonly upstream: string;
  /** The lowest tier that sees it. */
  readonly tier: Tier;
  /** A caller sees it with all of these. */
  readonly scopes: readonly string[];
  /** Or with all of these; undefined: there is no other way. */
  readonly orScopes?: readonly string[];
  /** Only these tenants see it; undefined: all do. */
  readonly tenants?: ReadonlySet<string>;
  /** Milliseconds that a call may take, all tries together. */
  readonly timeoutMs: number;
  /** Milliseconds of a call's time that one try may take. */
  readonly tryTimeoutMs?: number;
  /** Calls that may run at once at its upstream in this process; undefined: as many as at any. */
  readonly upstreamConcurrency?: number;
  /** True when calling twice has the effect of calling once: a failed try may be repeated. */
  readonly idempotent: boolean;
  /** Seconds that an answer is remembered; 0: it is not. */
  readonly cacheSeconds: number;
  /** Other than before when its answers may be others than before: a part of the cache's key. */
  readonly revision: string;
  /** UTF-8 bytes of a result; what is beyond is cut, and said to be. */
  readonly maxResultBytes: number;
  /** What else becomes of its results; undefined: they are cut to size, no more. */
  readonly economics?: ToolEconomics;
  /** Calls that may run at once in this process; undefined: as many as its upstream takes. */
  readonly concurrency?: number;
  /** The tool that this one is another name of: breaker, bulkhead, limits, metrics and records are the original's. */
  readonly aliasOf?: Tool;
  /** What metrics call it, where its name is not from a closed set. */
  readonly metricsName?: string;
  /** False for tools of this gateway's own: nothing can be away, so no breaker, bulkhead or retry stands before it. */
  readonly guarded: boolean;
  /**
   * Arguments that are secrets: taken out before anything reads, keeps or records the others, and given to `call` apart.
   * They are not among those that `check` gets.
   */
  readonly secretArguments?: readonly string[];
  /** The arguments cleaned, with defaults filled in. @throws InvalidArguments, InvalidPath */
  check(given: JsonObject): JsonObject;
  /** What takes longer to judge than one thread should be held up. @throws InvalidCypher */
  judge?(args: JsonObject): Promise<void>;
  /** Carries the call. It ends soon after `signal` is aborted. @throws any of `tools.errors.ts` */
  call(call: ToolCall): Promise<ToolAnswer>;
  /**
   * Of a tool that stands for others: the one that is meant, which the caller may see. From there on the call is that
   * tool's, as if it had been named in the first place; `call` is never called. @throws what a caller can act on
   */
  forward?(caller: Caller, args: JsonObject): Forwarded;
}

/** The tool that a call is meant for, and the arguments for it, not checked yet. */
export interface Forwarded {
  readonly tool: Tool;
  readonly arguments: JsonObject;
}

/** How callers are spared results that they do not need. */
export interface ToolEconomics {
  /** What is larger than `maxResultBytes` is kept as a resource, and told in a summary. */
  readonly spill: boolean;
  /** Callers may say with an argument what of a JSON result they want. */
  readonly select: boolean;
  /** What the same agent session got a moment ago is told by a reference. */
  readonly deduplicate: boolean;
}

/** One try of a call, as a source gets it. */
export interface ToolCall {
  readonly tool: Tool;
  readonly caller: Caller;
  /** Checked. */
  readonly arguments: JsonObject;
  /** Those of the tool's `secretArguments` that were given, as they came. */
  readonly secrets?: JsonObject;
  /** Aborted when the client left or the time is up. */
  readonly signal: AbortSignal;
  /** Of `performance.now()`: when the time is up. */
  readonly deadline: number;
  readonly channel: CallChannel;
  /** Calls another tool for the same caller, with what it may see and do; counted, limited and recorded as any call is. */
  readonly callTool: NestedCall;
  /** Of the record of what the call changes, which then stands for the record of the call. */
  readonly origin: ChangeOrigin;
  /** How many calls this one is inside of, each of which waits for it; undefined: of none. */
  readonly depth?: number;
}

/** `signal`: of the part of the call that wants it. @throws what calling a tool throws, NestedTooDeep */
export type NestedCall = (name: string, args: JsonObject, signal: AbortSignal) => Promise<ToolAnswer>;

/** What a tool answers: a result, or that it needs something of the client first. */
export type ToolAnswer = ToolResult | InputRequired;

/** `CallToolResult` of MCP. Members and content types that are not named here are relayed as they are. */
export interface ToolResult {
  readonly content: readonly ContentBlock[];
  /** Any JSON value. */
  readonly structuredContent?: unknown;
  readonly isError?: boolean;
  readonly _meta?: JsonObject;
  readonly [member: string]: unknown;
}

export interface ContentBlock {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** `InputRequiredResult` of MCP 2026-07-28. The state is the source's own, in the clear: the MCP endpoint seals it. */
export interface InputRequired {
  readonly resultType: 'input_required';
  readonly inputRequests?: Readonly<Record<string, InputRequest>>;
  readonly requestState?: string;
  /** True: a client that answers with an error does not end the call, the source is called with `inputRefusals`. Stays here. */
  readonly refusable?: true;
}

export interface InputRequest {
  readonly method: 'elicitation/create' | 'sampling/createMessage' | 'roots/list';
  readonly params?: JsonObject;
}

/** The tool that is called in the end, whatever it is named here. */
export const originalOf = (tool: Tool): Tool => tool.aliasOf ?? tool;

export const isInputRequired = (answer: object): answer is InputRequired =>
  (answer as { resultType?: unknown }).resultType === 'input_required';
