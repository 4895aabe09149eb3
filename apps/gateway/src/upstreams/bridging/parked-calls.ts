import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import type { CallChannel } from '#gateway/tools/call-channel.js';
import type { InputRequest, InputRequired, JsonObject } from '#gateway/tools/tool.js';

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
  readonly ask: (request: InputRequest) => Promise<JsonObject>;
}

/**
 * Upstreams with a handshake ask their client in the middle of a call. The call is parked here, its client is answered
 * what it has to bring (`input_required`), and the call goes on when it comes back, to whichever replica.
 */
@Injectable()
export class ParkedCalls {
  carry(call: BridgedCall, start: (leg: Leg) => Promise<JsonObject>): Promise<JsonObject | InputRequired> {
    return start({ ...call, ask: () => Promise.reject(new Error('nobody can be asked')) });
  }
}
