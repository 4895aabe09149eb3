import type { Caller } from '#core/caller.js';
import type { CallChannel } from '#gateway/tools/call-channel.js';
import type { InputRequest, JsonObject, ToolDefinition } from '#gateway/tools/tool.js';

/** One request to an upstream. Names and addresses are the upstream's own. */
export interface UpstreamRequest {
  readonly method: string;
  /** Without `_meta`, which each hop makes for itself. */
  readonly params: JsonObject;
  /** For whom; undefined: for the gateway itself, which lists what there is. */
  readonly caller: Caller | undefined;
  /** Aborted when nobody waits any more: the upstream is told within 500 ms. */
  readonly signal: AbortSignal;
  /** Progress and log messages of the upstream go here; capabilities and answers of an earlier round come from here. */
  readonly channel: CallChannel;
  /** Of the tool that is called: its `x-mcp-header` arguments are said again in headers. */
  readonly definition?: ToolDefinition;
  /** True: where the upstream has lost the conversation, the request may be made again in a new one although it may have been carried out. */
  readonly idempotent: boolean;
  /**
   * What an upstream with a handshake asks of its client in the middle of this request. Undefined: nobody can be asked,
   * and the upstream is told so.
   * @throws when it is refused, with a message for the upstream
   */
  readonly ask?: (request: InputRequest) => Promise<JsonObject>;
}

/** What an upstream says of itself: `server/discover`, or the answer to `initialize`. */
export interface UpstreamDescription {
  readonly era: 'modern' | 'legacy';
  /** The revision that is spoken, as `2026-07-28`. */
  readonly version: string;
  readonly capabilities: JsonObject;
  readonly serverInfo?: JsonObject;
  readonly instructions?: string;
}

/** What has changed at an upstream, with its own addresses. */
export type UpstreamNews =
  { readonly kind: 'tools' | 'prompts' | 'resources' } | { readonly kind: 'resource'; readonly uri: string };

/**
 * Everything this gateway has to do with one upstream, over one transport, in whichever era it speaks: sessions,
 * processes and streams are its own business. Nothing is opened before it is needed.
 */
export interface UpstreamConnection {
  /** @throws UpstreamRpcError, BackendUnavailable, UpstreamResponse, InvalidResult, ConnectNeeded, or the signal's reason */
  describe(caller: Caller | undefined, signal: AbortSignal): Promise<UpstreamDescription>;
  /**
   * @returns the result as the upstream gave it, members unknown here included; where it asks for input (2026-07-28),
   * that. @throws as `describe`
   */
  request(request: UpstreamRequest): Promise<JsonObject>;
  /** Tells of changes, as long as somebody wants to hear of them, as far as the upstream tells. @returns how to stop */
  listen(hear: (news: UpstreamNews) => void): () => void;
  /** Wants news of one resource, while `listen` is on. @returns how to stop */
  subscribe(uri: string): () => void;
  /** Whether it is there: reuses or closes what it opens. An upstream that answers, if only to refuse (401), is alive. */
  ping(signal: AbortSignal): Promise<void>;
  /** For people: processes, sessions, the era that was found out, the last lines of standard error. No secret. */
  status(): JsonObject;
  /** Ends everything that is open, at the upstream too. Calls under way fail. */
  close(): Promise<void>;
}
