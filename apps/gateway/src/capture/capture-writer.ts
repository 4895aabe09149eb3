import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { CoreRefusal } from '#core/remote/core-refusal.js';
import { Ingestion } from '#core/signals/ingestion.js';
import { AppError } from '#errors/app-error.js';
import type { ToolCallEnd } from '#gateway/tools/tool-request.js';
import { CaptureMetrics } from './capture.metrics.js';
import { CaptureSessions } from './capture-sessions.js';
import type { CapturedEvent } from './captured-events.js';

/** A call, and the signals that were made of it. */
export interface CapturedCall {
  readonly end: ToolCallEnd;
  readonly events: readonly CapturedEvent[];
}

/** One event on its way, and the call that it is of. */
interface Placed {
  readonly call: CapturedCall;
  readonly event: { readonly session_id: string };
}

/** Writes captured calls into their sessions, those of a tenant together. */
@Injectable()
export class CaptureWriter {
  constructor(
    private readonly sessions: CaptureSessions,
    private readonly ingestion: Ingestion,
    private readonly metrics: CaptureMetrics,
  ) {}

  /** Writing again what was written before writes nothing. @throws when the store is away */
  async write(calls: readonly CapturedCall[]): Promise<void> {
    for (const ofTenant of Map.groupBy(calls, ({ end }) => end.request.caller.tenant).values()) {
      const late = await this.writeOnce(ofTenant);
      // Their session ended in the meantime.
      if (late.length > 0) await this.writeOnce(late, true);
    }
  }

  /** @returns the calls whose session takes nothing any more */
  private async writeOnce(calls: readonly CapturedCall[], last = false): Promise<CapturedCall[]> {
    const placed: Placed[] = [];
    // One after the other: most are of the session that the first of them has opened.
    for (const call of calls) placed.push(...(await this.place(call)));
    if (placed.length === 0) return [];
    const { caller } = placed[0]!.call.end.request;
    const answer = await this.ingest(caller, placed);
    if (!answer) return [];
    this.metrics.count('written', answer.ingested);
    this.metrics.count('duplicate', answer.deduped);
    const late = new Set<CapturedCall>();
    for (const { index, code } of answer.failed) {
      const { call, event } = placed[index]!;
      if (code === 'session_terminal' && !last) {
        this.sessions.ended(event.session_id);
        late.add(call);
      } else this.metrics.count('refused', 1);
    }
    return [...late];
  }

  private async place(call: CapturedCall): Promise<Placed[]> {
    try {
      const session_id = await this.sessions.sessionOf(call.end);
      return call.events.map((event) => ({ call, event: { session_id, ...event } }));
    } catch (error) {
      this.refuse(error, call.events.length);
      return [];
    }
  }

  private async ingest(caller: Caller, placed: readonly Placed[]) {
    try {
      return await this.ingestion.ingest(
        caller,
        placed.map(({ event }) => event),
      );
    } catch (error) {
      this.refuse(error, placed.length);
      return undefined;
    }
  }

  /** @throws what may go better another time */
  private refuse(error: unknown, events: number): void {
    const isFinal = error instanceof CoreRefusal || (error instanceof AppError && error.status < 500);
    if (!isFinal) throw error;
    this.metrics.count('refused', events);
  }
}
