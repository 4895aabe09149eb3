import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { principalOf } from '#core/principal.js';
import type { CallChannel } from '#gateway/tools/call-channel.js';
import { lacking } from '#gateway/tools/input-needs.js';
import { type InputRequest, type InputRequired, isInputRequired, type JsonObject } from '#gateway/tools/tool.js';
import { askToOpen, stillToOpen } from './addresses-to-open.js';
import { CallNotWaiting } from './bridging.errors.js';
import { cannotBeAsked } from './input-refused.js';
import { lackInAnswer, lackInError } from './lacking-client.js';
import { type Brought, LegChannel } from './leg-channel.js';
import { ParkedCall } from './parked-call.js';
import { ParkedCallsMetrics } from './parked-calls.metrics.js';
import { readState, type RequestState, writeState } from './request-state.js';
import { Visits } from './visits.js';
import { WaitingCalls } from './waiting-calls.js';

/** A request of a client, as it waits for an upstream. */
export interface BridgedCall {
  readonly upstream: string;
  readonly caller: Caller;
  readonly channel: CallChannel;
  readonly signal: AbortSignal;
}

/** What the upstream gets of it: it may outlive the client's request, and be told things by the next one. */
export interface Leg {
  readonly channel: CallChannel;
  readonly signal: AbortSignal;
  /** Rejects with `InputRefused`, whose `code` and message are for the upstream. */
  readonly ask: (request: InputRequest) => Promise<JsonObject>;
}

type Start = (leg: Leg) => Promise<JsonObject>;
type Answer = JsonObject | InputRequired;

const ASKABLE = ['elicitation', 'sampling', 'roots'];

/**
 * Upstreams with a handshake ask their client in the middle of a call. The call is parked here, its client is answered
 * what it has to bring (`input_required`), and the call goes on when it comes back, to whichever replica.
 */
@Injectable()
export class ParkedCalls {
  constructor(
    private readonly waiting: WaitingCalls,
    private readonly visits: Visits,
    private readonly metrics: ParkedCallsMetrics,
  ) {}

  /**
   * @param start makes the upstream's request; not called where the client comes back to one that waits
   * @throws CallNotWaiting, CallTakenUp, InputDeclined, AddressToOpen, MissingClientCapability, and what `start` rejects with
   */
  async carry(call: BridgedCall, start: Start): Promise<Answer> {
    const { channel, upstream } = call;
    if (channel.requestState === undefined) return this.begin(call, channel, start);
    const state = readState(channel.requestState);
    if (state?.kind === 'parked') return this.goOn(call, state);
    if (!state || state.upstream !== upstream) throw new CallNotWaiting();
    if (state.kind === 'sent') {
      return stillToOpen(upstream, state, channel) ?? this.begin(call, {}, start, state.times);
    }
    const { inputResponses } = channel;
    return this.begin(call, { ...(inputResponses && { inputResponses }), requestState: state.state }, start);
  }

  private begin(call: BridgedCall, brought: Brought, start: Start, times = 0): Promise<Answer> {
    const { upstream, channel, caller, signal } = call;
    if (!ASKABLE.some((name) => name in channel.capabilities)) {
      const told = brought === channel ? channel : new LegChannel(channel, brought, () => channel);
      const lacked = new Set<string>();
      return made(
        call,
        start,
        { channel: told, signal, ask: (request) => refused(request, lacked) },
        { times, lacked },
      );
    }
    const parked = new ParkedCall(upstream, principalOf(caller), channel, this.waiting);
    const answer = parked.attend({ channel, signal });
    const leg = { channel: new LegChannel(channel, brought, parked.client), signal: parked.signal, ask: parked.ask };
    if (!signal.aborted) parked.begin(() => made(call, start, leg, { times, lacked: parked.lacked }));
    return answer;
  }

  /** The client has come back. */
  private goOn(call: BridgedCall, { process, call: id }: RequestState & { kind: 'parked' }): Promise<Answer> {
    const principal = principalOf(call.caller);
    const here = process === this.waiting.process;
    const parked = here ? this.waiting.find(id, call.upstream, principal) : undefined;
    if (parked) {
      this.metrics.returned('here');
      return parked.attend(call);
    }
    if (here || !this.visits.possible) {
      this.metrics.returned('nowhere');
      throw new CallNotWaiting();
    }
    return this.visits.visit(process, { call: id, upstream: call.upstream, principal }, call);
  }
}

interface Made {
  /** How often the call was refused before, until somebody had opened an address. */
  readonly times: number;
  readonly lacked: ReadonlySet<string>;
}

async function made(
  { upstream, channel }: BridgedCall,
  start: Start,
  leg: Leg,
  { times, lacked }: Made,
): Promise<Answer> {
  let answer: JsonObject;
  try {
    answer = await start(leg);
  } catch (error) {
    return askToOpen(lackInError(lacked, error) ?? error, upstream, channel, times);
  }
  const lack = lackInAnswer(lacked, answer);
  if (lack) throw lack;
  return ofUpstream(upstream, answer);
}

/** An upstream that asks as 2026-07-28 does finds its own state again, and only that. */
function ofUpstream(upstream: string, answer: JsonObject): Answer {
  if (!isInputRequired(answer)) return answer;
  const { resultType, inputRequests, requestState: state } = answer;
  return {
    resultType,
    ...(inputRequests && { inputRequests }),
    ...(state !== undefined && { requestState: writeState({ kind: 'upstream', upstream, state: String(state) }) }),
  };
}

function refused(request: InputRequest, lacked: Set<string>): Promise<never> {
  const missing = lacking(request, {});
  for (const each of missing) lacked.add(each);
  return Promise.reject(cannotBeAsked(request.method, missing));
}
