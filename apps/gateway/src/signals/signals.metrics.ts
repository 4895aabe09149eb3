import { Injectable } from '@nestjs/common';
import { Counter, Registry } from 'prom-client';
import type { Caller } from '#core/caller.js';
import { ValidationFailed } from '#core/core.errors.js';
import { type EventBatchResponse, MAX_BATCH_EVENTS } from '#core/signals/signals.js';
import { ActiveSessions } from '#gateway/sessions/active-sessions.service.js';

interface Named {
  readonly session_id?: string;
  readonly external_session_key?: string;
}

/** What becomes of events, and which sessions they come from. */
@Injectable()
export class SignalsMetrics {
  private readonly fresh: Counter.Internal;
  private readonly duplicate: Counter.Internal;
  private readonly failed: Counter.Internal;

  constructor(
    registry: Registry,
    private readonly active: ActiveSessions,
  ) {
    const registers = [registry];
    const events = new Counter({
      name: 'achilles_signals_events_total',
      help: 'Events by what became of them; failed: refused one by one, or the store was away.',
      labelNames: ['outcome'],
      registers,
    });
    this.fresh = events.labels('new');
    this.duplicate = events.labels('duplicate');
    this.failed = events.labels('failed');
    for (const outcome of [this.fresh, this.duplicate, this.failed]) outcome.inc(0);
  }

  /** Counts what becomes of a batch. @param events what the client sent, as far as it is a list */
  async counted(
    caller: Caller,
    events: readonly unknown[],
    outcome: Promise<EventBatchResponse>,
  ): Promise<EventBatchResponse> {
    try {
      const answer = await outcome;
      this.record(caller, events, answer);
      return answer;
    } catch (error) {
      if (!(error instanceof ValidationFailed)) this.recordLoss(events);
      throw error;
    }
  }

  private record(
    caller: Caller,
    events: readonly unknown[],
    { ingested, deduped, results, failed }: EventBatchResponse,
  ): void {
    this.fresh.inc(ingested);
    this.duplicate.inc(deduped);
    this.failed.inc(failed.length);
    let last: string | undefined;
    for (const { index } of results) {
      const { session_id, external_session_key } = events[index] as Named;
      const session = session_id ?? external_session_key!;
      // A batch is nearly always one session's.
      if (session !== last) this.active.see(`${caller.tenant} ${session}`);
      last = session;
    }
  }

  /** The store was away: nothing of this is stored, and the client will send it again. */
  private recordLoss(events: readonly unknown[]): void {
    this.failed.inc(Math.min(events.length, MAX_BATCH_EVENTS));
  }
}
