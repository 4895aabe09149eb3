import type { Caller } from '#core/caller.js';
import type { CallChannel } from '#gateway/tools/call-channel.js';
import type { Mount } from '#gateway/tools/mount.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import type { SessionHint } from '#gateway/tools/tool-request.js';

/** `modern`: 2026-07-28, every request for itself. `legacy`: the revisions before it, with a handshake. */
export type Era = 'modern' | 'legacy';

/** One request of a client, read and checked as its era asks. */
export interface McpRequest {
  readonly mount: Mount;
  readonly era: Era;
  /** The revision that is spoken, as `2026-07-28`. */
  readonly version: string;
  readonly method: string;
  readonly params: JsonObject;
  readonly caller: Caller;
  /** Aborted when the client left or took the request back. */
  readonly signal: AbortSignal;
  readonly channel: CallChannel;
  /** The HTTP request that carried it. It is marked when the call has a record of its own. */
  readonly carrier: { recordedAsCalls?: true; readonly securityFlags?: readonly string[] };
  /** Of the HTTP request that carried it. */
  readonly requestId: string;
  readonly traceId: string;
  readonly inputSha256?: string;
  readonly session?: SessionHint;
  readonly client?: { readonly name: string; readonly version?: string };
}
