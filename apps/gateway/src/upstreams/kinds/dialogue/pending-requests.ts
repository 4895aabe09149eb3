import type { CallChannel } from '#gateway/tools/call-channel.js';
import type { InputRequest, JsonObject } from '#gateway/tools/tool.js';
import { Allowance } from './allowance.js';

/** A request of ours, as a dialogue carries it. */
export interface Outgoing {
  readonly method: string;
  readonly params: JsonObject;
  readonly signal: AbortSignal;
  /** Undefined: of the gateway itself, which nothing is told and nobody can be asked for. */
  readonly call?: {
    /** Whose it is. */
    readonly principal: string;
    readonly channel: CallChannel;
    readonly ask?: ((request: InputRequest) => Promise<JsonObject>) | undefined;
  };
  /** `_meta` of the request. @param token of its progress */
  readonly meta?: (token: number) => JsonObject | undefined;
}

export interface Pending extends Outgoing {
  /** Notifications that it may still be told. */
  readonly allowance: Allowance;
  settle(end: { readonly result: JsonObject } | { readonly error: unknown }): void;
}

/** Only these have work behind them that may ask or tell something. */
const WORK = new Set(['tools/call', 'prompts/get', 'resources/read']);

/** How long a request that was taken back may still be worked on, and ask for things. */
const LINGERING_MS = 10_000;

/** The requests of one dialogue that wait for their answers. Ids are ours, so no two callers have the same one. */
export class PendingRequests {
  private readonly pending = new Map<number, Pending>();
  /** Ids that were taken back and not answered since: until when, and whose. */
  private readonly lingering = new Map<number, { readonly until: number; readonly principal: string }>();
  private lastId = 0;

  get size(): number {
    return this.pending.size;
  }

  /** How many of them are for callers. */
  get calls(): number {
    let calls = 0;
    for (const { call } of this.pending.values()) if (call) calls++;
    return calls;
  }

  add(make: (id: number) => Pending): number {
    const id = ++this.lastId;
    this.pending.set(id, make(id));
    return id;
  }

  get(id: unknown): Pending | undefined {
    return typeof id === 'number' ? this.pending.get(id) : undefined;
  }

  /** It is answered, or failed. */
  take(id: unknown): Pending | undefined {
    const pending = this.get(id);
    if (pending) this.pending.delete(id as number);
    return pending;
  }

  /** It was taken back: its answer is of no interest, but the other side may still work on it. */
  abandon(id: number): void {
    const pending = this.take(id);
    if (!pending?.call || !WORK.has(pending.method)) return;
    this.lingering.set(id, { until: performance.now() + LINGERING_MS, principal: pending.call.principal });
  }

  /** True for an id that was taken back lately. */
  wasAbandoned(id: unknown): boolean {
    return typeof id === 'number' && this.lingering.delete(id);
  }

  drain(): readonly Pending[] {
    const all = [...this.pending.values()];
    this.pending.clear();
    this.lingering.clear();
    return all;
  }

  /**
   * The one call that what comes now must belong to. Nothing in the message says so: where two are under way, or another
   * principal's was taken back a moment ago, it cannot be known, and one would be told what is another's.
   */
  only(): Pending | undefined {
    const [first, ...others] = this.working();
    if (!first || others.length > 0) return undefined;
    return this.mayStillWorkFor(first.call!.principal) ? undefined : first;
  }

  /** Whoever may hear what the other side logs: calls under way, where all are one principal's. */
  audience(): readonly Pending[] {
    const working = [...this.working()];
    const principal = working[0]?.call?.principal;
    if (principal === undefined || working.some(({ call }) => call!.principal !== principal)) return [];
    return this.mayStillWorkFor(principal) ? [] : working;
  }

  private *working(): Iterable<Pending> {
    for (const pending of this.pending.values()) if (pending.call && WORK.has(pending.method)) yield pending;
  }

  /** Somebody else than this principal. */
  private mayStillWorkFor(principal: string): boolean {
    const now = performance.now();
    for (const [id, { until }] of this.lingering) if (until < now) this.lingering.delete(id);
    for (const left of this.lingering.values()) if (left.principal !== principal) return true;
    return false;
  }
}
