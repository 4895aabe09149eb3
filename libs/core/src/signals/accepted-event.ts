import type { MCPEvent } from './event.js';

/** An event that passed validation, with what the store needs computed once. */
export interface AcceptedEvent {
  /** Its place in the client's batch. */
  readonly index: number;
  /** As the client sent it. */
  readonly event: MCPEvent;
  /** `client_timestamp`, milliseconds since the epoch. */
  readonly clientTimestamp: number;
  /** The object-valued fields as canonical JSON (RFC 8785), where present. */
  readonly json: { readonly [field in 'payload' | 'agent_metadata' | 'metadata_']?: string };
  /**
   * SHA-256, in hex, of the canonical JSON of the event's own content: every field but the session's reference,
   * `client_timestamp` in UTC with milliseconds.
   */
  readonly hash: string;
}
