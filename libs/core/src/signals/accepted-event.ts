import type { MCPEvent } from './event.js';

/** An event that passed validation, with what the store needs computed once. */
export interface AcceptedEvent {
  /** Its place in the client's batch. */
  readonly index: number;
  /** As the client sent it. */
  readonly event: MCPEvent;
  /** Milliseconds since the epoch. */
  readonly clientTimestamp: number;
  /** Canonical JSON of the object-valued fields that are present. */
  readonly payload: string | undefined;
  readonly agentMetadata: string | undefined;
  readonly metadata: string | undefined;
  /** SHA-256 of the canonical JSON of the event's own content, in hex; the session is not part of it. */
  readonly hash: string;
}
