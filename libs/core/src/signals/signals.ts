import { array, maybe, object, oneOf, string, type Static } from '#schema/schema.js';
import type { Caller } from '#core/caller.js';
import { Count, Uuid } from '#core/wire.js';
import type { AcceptedEvent } from './accepted-event.js';

export const MAX_BATCH_EVENTS = 1_000;

export const EventBatchResult = object(
  { index: Count, event_id: Uuid, status: oneOf(['ingested', 'duplicate']) },
  { $id: 'EventBatchResult' },
);
export type EventBatchResult = Static<typeof EventBatchResult>;

export const EventFailure = object(
  { index: Count, code: string(), message: string(), field: maybe(string()) },
  { $id: 'EventFailure' },
);
export type EventFailure = Static<typeof EventFailure>;

export const EventBatchResponse = object(
  {
    received: Count,
    ingested: Count,
    deduped: Count,
    results: array(EventBatchResult),
    failed: array(EventFailure),
  },
  { $id: 'EventBatchResponse' },
);
export type EventBatchResponse = Static<typeof EventBatchResponse>;

/** What became of the events that passed validation, each under the index it had in the client's batch. */
export interface StoreOutcome {
  readonly results: readonly EventBatchResult[];
  readonly failed: readonly EventFailure[];
}

/** The store of events, whichever driver answers. */
export abstract class Signals {
  /**
   * Stores each event once per session and content. When it returns, every event in `results` is durable; when it
   * throws, sending the same events again is safe.
   */
  abstract store(caller: Caller, events: readonly AcceptedEvent[]): Promise<StoreOutcome>;
}
