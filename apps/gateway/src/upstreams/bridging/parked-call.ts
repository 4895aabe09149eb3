import type { CallChannel } from '#gateway/tools/call-channel.js';
import { lacking } from '#gateway/tools/input-needs.js';
import type { InputRequest, InputRequired, JsonObject } from '#gateway/tools/tool.js';
import { CallCancelled } from '#gateway/tools/tools.errors.js';
import { CallTakenUp } from './bridging.errors.js';
import { cannotBeAsked, notAsked } from './input-refused.js';
import type { ParkingEnd } from './parked-calls.metrics.js';
import { Questions } from './questions.js';

/** What is asked at the same time is asked together. */
const GATHER_MS = 25;

/** How long a call waits for its client to come back. */
const LIFETIME_MS = 600_000;

export type LegAnswer = JsonObject | InputRequired;

/** A client's request that waits for the call now. */
export interface Attendance {
  readonly channel: CallChannel;
  readonly signal: AbortSignal;
}

/** Where calls that ask stand together. */
export interface CarPark {
  /** Before a call's first question. @returns the state with which a client finds it again @throws InputRefused */
  enter(call: ParkedCall): string;
  leave(call: ParkedCall, end: ParkingEnd): void;
}

interface Round extends Attendance {
  readonly resolve: (answer: LegAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A call of an upstream that may ask its client. It outlives the request that began it: what is asked answers that
 * request, and the call waits for the next one.
 */
export class ParkedCall {
  private readonly controller = new AbortController();
  private readonly questions = new Questions();
  private round: Round | undefined;
  private last: CallChannel;
  private state: string | undefined;
  private gathering: NodeJS.Timeout | undefined;
  private lifetime: NodeJS.Timeout | undefined;
  /** How it ended, while nobody waited. */
  private kept: ((round: Round) => void) | undefined;
  private isOver = false;
  /** What it wanted of its client that the client cannot do. */
  readonly lacked = new Set<string>();

  constructor(
    readonly upstream: string,
    readonly principal: string,
    first: CallChannel,
    private readonly park: CarPark,
  ) {
    this.last = first;
  }

  /** Aborted when nobody will wait for it any more. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** True while nobody waits. */
  get parked(): boolean {
    return !this.round;
  }

  /** Of the client's request that waits now. */
  readonly client = (): CallChannel | undefined => this.round?.channel;

  /** Makes the upstream's request. Its end is told to whoever waits then. */
  begin(work: () => Promise<LegAnswer>): void {
    work().then(
      (answer) => this.finish(({ resolve }) => resolve(answer)),
      (error: unknown) => this.finish(({ reject }) => reject(error)),
    );
  }

  /** A client's request waits for it, with answers to what was asked. @throws CallTakenUp when another one does */
  attend({ channel, signal }: Attendance): Promise<LegAnswer> {
    if (this.round) throw new CallTakenUp();
    this.rest();
    this.last = channel;
    const { promise, resolve, reject } = Promise.withResolvers<LegAnswer>();
    this.round = { channel, signal, resolve, reject };
    signal.addEventListener('abort', this.abandon);
    if (signal.aborted) this.abandon();
    else if (this.kept) this.finish(this.kept);
    else {
      this.questions.answer(channel);
      this.gather();
    }
    return promise;
  }

  /** What the upstream asks. Rejects with InputRefused. */
  readonly ask = async (request: InputRequest): Promise<JsonObject> => {
    if (this.isOver || this.kept) throw notAsked('The call that this belongs to has ended.');
    const missing = lacking(request, this.last.capabilities);
    if (missing.length > 0) {
      for (const each of missing) this.lacked.add(each);
      throw cannotBeAsked(request.method, missing);
    }
    this.state ??= this.park.enter(this);
    const answer = this.questions.add(request);
    this.gather();
    return answer;
  };

  /** Ends it, at the upstream too. */
  cancel(end: ParkingEnd, reason: Error = new CallCancelled()): void {
    if (this.isOver) return;
    const { round } = this;
    this.close(end);
    this.controller.abort(reason);
    round?.reject(reason);
  }

  private gather(): void {
    if (this.questions.size > 0 && this.round) this.gathering ??= setTimeout(() => this.present(), GATHER_MS);
  }

  private present(): void {
    this.gathering = undefined;
    const round = this.detach();
    if (!round) return;
    this.lifetime = setTimeout(() => this.cancel('expired'), LIFETIME_MS).unref();
    const { over } = round.channel;
    over?.addEventListener('abort', this.abandon);
    const inputRequests = this.questions.requests();
    round.resolve({ resultType: 'input_required', inputRequests, requestState: this.state!, refusable: true });
    if (over?.aborted) this.abandon();
  }

  private finish(tell: (round: Round) => void): void {
    if (this.isOver) return;
    const { round } = this;
    if (!round) {
      this.kept = tell;
      return;
    }
    this.close('answered');
    tell(round);
  }

  private readonly abandon = (): void => this.cancel('cancelled', reasonOf(this.round?.signal));

  /** The client's request that waited has its answer. */
  private detach(): Round | undefined {
    const { round } = this;
    round?.signal.removeEventListener('abort', this.abandon);
    this.round = undefined;
    return round;
  }

  /** It does not wait for a client to come back any more. */
  private rest(): void {
    clearTimeout(this.lifetime);
    this.last.over?.removeEventListener('abort', this.abandon);
  }

  private close(end: ParkingEnd): void {
    this.isOver = true;
    this.rest();
    this.detach();
    clearTimeout(this.gathering);
    this.questions.refuse();
    if (this.state !== undefined) this.park.leave(this, end);
  }
}

const reasonOf = (signal: AbortSignal | undefined): Error =>
  signal?.reason instanceof Error ? signal.reason : new CallCancelled();
