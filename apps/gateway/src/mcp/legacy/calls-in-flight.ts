import { Inject, Injectable, Optional } from '@nestjs/common';
import { PubSub } from '#redis/pub-sub.js';
import type { JsonRpcId } from '../json-rpc.js';

const CHANNEL = 'mcp:cancellations';

/** Ids are the client's own: the number 1 and the text "1" are two requests. */
const keyOf = (session: string, id: JsonRpcId) => `${session} ${typeof id} ${id}`;

/** The calls that run here for clients with a session, so that `notifications/cancelled` finds them, wherever it arrives. */
@Injectable()
export class CallsInFlight {
  private readonly calls = new Map<string, AbortController>();

  constructor(@Optional() @Inject(PubSub) private readonly others: PubSub | undefined) {
    others?.subscribe(CHANNEL, (key) => this.calls.get(key)?.abort());
  }

  /** @returns how to say that it has ended */
  begin(session: string, id: JsonRpcId, controller: AbortController): () => void {
    const key = keyOf(session, id);
    this.calls.set(key, controller);
    return () => {
      if (this.calls.get(key) === controller) this.calls.delete(key);
    };
  }

  cancel(session: string, id: JsonRpcId): void {
    const key = keyOf(session, id);
    const call = this.calls.get(key);
    if (call) call.abort();
    else void this.others?.publish(CHANNEL, key);
  }
}
