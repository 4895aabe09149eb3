import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { MCPEvent } from '#core/signals/event.js';
import { Ingestion } from '#core/signals/ingestion.js';
import { EventBatchResponse, MAX_BATCH_EVENTS } from '#core/signals/signals.js';
import { BuiltinTool } from '#gateway/builtin-tools/builtin-tool.js';
import { SESSION_REFERENCE, type SessionReference } from '#gateway/builtin-tools/session-reference.js';
import { array, object, type Schema } from '#schema/schema.js';
import { SignalsMetrics } from './signals.metrics.js';

const BOUNDS = { minItems: 1, maxItems: MAX_BATCH_EVENTS };
const { session_id, external_session_key } = SESSION_REFERENCE;
const REFERENCE = { session_id, external_session_key };

const Input = object({
  ...REFERENCE,
  events: array({ ...MCPEvent, required: ['event_type'] } as Schema<MCPEvent>, {
    ...BOUNDS,
    description:
      'What happened, oldest first. Of each event only event_type is needed: its session is the one above, its source ' +
      'an agent, its time now. In payload: tool, call_id (the same for a call and its result), command, arguments, ' +
      'exit_code, output, error.',
  }),
});

/** Each event is judged by itself: here only that there are some. */
const Checked = object({ ...REFERENCE, events: array({}, BOUNDS) });

interface Given extends SessionReference {
  readonly events: readonly unknown[];
}

/** `record_signals`: POST /signals/events/batch, with what every event has in common said once or not at all. */
@Injectable()
export class RecordSignalsTool extends BuiltinTool<Given> {
  constructor(
    private readonly ingestion: Ingestion,
    private readonly metrics: SignalsMetrics,
  ) {
    super({
      name: 'record_signals',
      title: 'Record signals',
      description:
        `Records 1 to ${MAX_BATCH_EVENTS} events of a session: edits, commands, test runs, tool calls and results, errors, ` +
        'milestones. A bad event does not fail the others: the answer says of each what became of it.',
      input: Input,
      checked: Checked,
      output: EventBatchResponse,
      scope: 'signals:write',
      idempotent: false,
    });
  }

  protected async answer(caller: Caller, given: Given) {
    const events = withDefaults(given, Date.now());
    const data = await this.metrics.counted(caller, events, this.ingestion.ingest(caller, events));
    const { ingested, deduped, failed } = data;
    const first = failed[0];
    const text =
      `${ingested} recorded, ${deduped} known already, ${failed.length} refused.` +
      (first ? ` The first refused is events[${first.index}]: ${first.message}` : '');
    return { data, text };
  }
}

/** Events that name no time follow one another by a millisecond: two alike are two, and they stay in order. */
function withDefaults({ events, session_id: id, external_session_key: key }: Given, now: number): unknown[] {
  const session = id !== undefined ? { session_id: id } : key !== undefined ? { external_session_key: key } : {};
  return events.map((event, index) => {
    if (typeof event !== 'object' || event === null || Array.isArray(event)) return event;
    const named = 'session_id' in event || 'external_session_key' in event;
    return {
      source_type: 'agent',
      client_timestamp: new Date(now + index).toISOString(),
      ...(!named && session),
      ...event,
    };
  });
}
