import type { EventType } from '#core/signals/event.js';
import type { RecordedEvent } from './analysis.js';
import { describeCall } from './call.js';
import { decideOutcome, describeError, type Failure } from './outcome.js';
import { ownCopy, textIn } from './payload.js';
import type { Action, Actor, Trace, TracedError } from './trace.js';

export const UNKNOWN_AGENT = 'unknown-agent';

const MAX_PENDING_CALLS = 1_000;
const MAX_MILESTONE_NAMES = 200;
const OTHER_MILESTONES = 'other';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };
type OpenAction = Writable<Action>;

/** Pairs calls with their outcomes as events arrive and keeps the little of them that the analysis needs. */
export class TraceRecorder {
  private readonly actions: OpenAction[] = [];
  private readonly errors: TracedError[] = [];
  private readonly milestones = new Map<string, number>();
  private readonly milestonesAfter: number[] = [];
  /** Calls whose result may still come. Results that never come must not keep every call. */
  private readonly pending = new Map<string, OpenAction>();
  private events = 0;

  record(event: RecordedEvent): void {
    this.events++;
    switch (event.eventType) {
      case 'tool_result':
        return this.result(event);
      case 'error':
        return this.explicitError(event);
      case 'milestone':
        return this.milestone(event);
      case 'agent_message':
      case 'custom':
        return;
      default:
        return this.action(event, event.eventType);
    }
  }

  trace(): Trace {
    const { events, actions, errors, milestones, milestonesAfter } = this;
    return { events, actions, errors, milestones, milestonesAfter };
  }

  private action(event: RecordedEvent, eventType: EventType): void {
    const actor = actorOf(event);
    const action: OpenAction = {
      ...describeCall(event),
      position: this.actions.length,
      eventId: event.id,
      eventType,
      at: event.at,
      actor,
      agentId: actor === 'agent' ? (event.agentId ?? UNKNOWN_AGENT) : null,
      status: 'unknown',
      error: null,
    };
    this.actions.push(action);
    this.conclude(event, action);
    const callId = textIn(event.payload, 'call_id');
    if (callId === null) return;
    this.pending.set(callId, action);
    if (this.pending.size > MAX_PENDING_CALLS) this.pending.delete(this.pending.keys().next().value!);
  }

  private result(event: RecordedEvent): void {
    const callId = textIn(event.payload, 'call_id');
    const action = callId === null ? this.actions.at(-1) : this.pending.get(callId);
    if (callId !== null) this.pending.delete(callId);
    if (action?.status === 'unknown') this.conclude(event, action);
    // The outcome of a call that said itself how it went is known; one without a call can still be a failure.
    else if (!action) this.orphan(event);
  }

  private conclude(event: RecordedEvent, action: OpenAction): void {
    const outcome = decideOutcome(event, action);
    action.status = outcome.status;
    if (outcome.status === 'failed') action.error = this.fail(event, outcome.failure, action);
  }

  private orphan(event: RecordedEvent): void {
    const outcome = decideOutcome(event, null);
    if (outcome.status === 'failed') this.fail(event, outcome.failure, null);
  }

  private explicitError(event: RecordedEvent): void {
    const callId = textIn(event.payload, 'call_id');
    const action = callId === null ? undefined : this.pending.get(callId);
    if (action?.error) return;
    const error = this.fail(event, describeError(event), action ?? null);
    if (!action) return;
    action.status = 'failed';
    action.error = error;
  }

  private fail(event: RecordedEvent, failure: Failure, action: Action | null): TracedError {
    const files = failure.files.length > 0 ? failure.files : (action?.files ?? []);
    const error = { ...failure, files, eventId: event.id, at: event.at, actionsBefore: this.actions.length, action };
    this.errors.push(error);
    return error;
  }

  private milestone(event: RecordedEvent): void {
    const said = textIn(event.payload, 'name') ?? event.rawMessage ?? 'milestone';
    const name = ownCopy(said, 100);
    const key = this.milestones.has(name) || this.milestones.size < MAX_MILESTONE_NAMES ? name : OTHER_MILESTONES;
    this.milestones.set(key, (this.milestones.get(key) ?? 0) + 1);
    this.milestonesAfter.push(this.actions.length);
  }
}

function actorOf(event: RecordedEvent): Actor {
  const { eventType, sourceType, attributionSource } = event;
  if (eventType === 'human_action' || eventType === 'override') return 'human';
  if (attributionSource === 'human' || attributionSource === 'agent') return attributionSource;
  if (attributionSource === 'system' || eventType === 'ci_status') return 'other';
  if (sourceType === 'human' || sourceType === 'agent') return sourceType;
  return event.agentId !== null || eventType === 'agent_action' || eventType === 'tool_call' ? 'agent' : 'other';
}
