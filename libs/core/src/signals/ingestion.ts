import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { ValidationFailed } from '#core/core.errors.js';
import { CoreRefusal } from '#core/remote/core-refusal.js';
import type { AcceptedEvent } from './accepted-event.js';
import { acceptEvent, isFailure } from './event-validator.js';
import { type EventBatchResponse, type EventFailure, MAX_BATCH_EVENTS, Signals, type StoreOutcome } from './signals.js';

/** Injection token of the largest event that is taken, in bytes of canonical JSON. */
export const MAX_EVENT_BYTES = Symbol('MAX_EVENT_BYTES');

/** The one way in for events: checks each on its own, stores the good ones, and says what became of every one. */
@Injectable()
export class Ingestion {
  private failedAt: Date | undefined;

  constructor(
    private readonly signals: Signals,
    @Inject(MAX_EVENT_BYTES) private readonly maxEventBytes: number,
  ) {}

  /** When storing last failed, for the health answer; a refusal of what a client sent is no failure. */
  get lastErrorAt(): Date | undefined {
    return this.failedAt;
  }

  /** @param body what the client sent: `{ "events": [1–1000 events] }`. @throws ValidationFailed for anything else. */
  async ingestBatch(caller: Caller, body: unknown): Promise<EventBatchResponse> {
    return this.ingest(caller, eventsOf(body));
  }

  async ingest(caller: Caller, items: readonly unknown[]): Promise<EventBatchResponse> {
    const limits = { maxEventBytes: this.maxEventBytes, now: Date.now() };
    const accepted: AcceptedEvent[] = [];
    const refused: EventFailure[] = [];
    for (let index = 0; index < items.length; index++) {
      const outcome = acceptEvent(items[index], index, limits);
      if (isFailure(outcome)) refused.push(outcome);
      else accepted.push(outcome);
    }
    const stored = accepted.length > 0 ? await this.store(caller, accepted) : { results: [], failed: [] };
    const ingested = stored.results.reduce((count, result) => count + (result.status === 'ingested' ? 1 : 0), 0);
    return {
      received: items.length,
      ingested,
      deduped: stored.results.length - ingested,
      results: [...stored.results],
      failed: [...refused, ...stored.failed].sort((a, b) => a.index - b.index),
    };
  }

  private async store(caller: Caller, events: readonly AcceptedEvent[]): Promise<StoreOutcome> {
    try {
      return await this.signals.store(caller, events);
    } catch (error) {
      if (!(error instanceof CoreRefusal)) this.failedAt = new Date();
      throw error;
    }
  }
}

function eventsOf(body: unknown): readonly unknown[] {
  const wrong = (field: string, code: string, message: string) => new ValidationFailed([{ field, code, message }]);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw wrong('body', 'wrong_type', 'must be an object with "events"');
  }
  for (const field of Object.keys(body)) {
    if (field !== 'events') throw wrong(field, 'unknown_field', 'is not a field of an event batch');
  }
  const { events } = body as { events?: unknown };
  if (events === undefined) throw wrong('events', 'required', 'is required');
  if (!Array.isArray(events)) throw wrong('events', 'wrong_type', 'must be an array');
  if (events.length === 0 || events.length > MAX_BATCH_EVENTS) {
    throw wrong('events', 'out_of_range', `must hold 1 to ${MAX_BATCH_EVENTS} events, not ${events.length}`);
  }
  return events;
}
