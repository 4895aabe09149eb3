import { Inject, Injectable, Optional } from '@nestjs/common';
import { PubSub } from '#redis/pub-sub.js';
import type { JsonRpcId } from '../json-rpc.js';

const CHANNEL = 'mcp:cancellations';

interface Cancellation {
  readonly session: string;
  /** Undefined: every call of the session. */
  readonly id?: JsonRpcId;
}

/** The calls that run here for clients with a session, so that `notifications/cancelled` finds them, wherever it arrives. */
@Injectable()
export class CallsInFlight {
  /** By session and id. Ids are the client's own: the number 1 and the text "1" are two requests. */
  private readonly calls = new Map<string, Map<JsonRpcId, AbortController>>();

  constructor(@Optional() @Inject(PubSub) private readonly others: PubSub | undefined) {
    others?.subscribe(CHANNEL, (message) => {
      const { session, id } = JSON.parse(message) as Cancellation;
      this.abort(session, id);
    });
  }

  /** @returns how to say that it has ended */
  begin(session: string, id: JsonRpcId, controller: AbortController): () => void {
    let calls = this.calls.get(session);
    if (!calls) this.calls.set(session, (calls = new Map()));
    calls.set(id, controller);
    return () => {
      if (calls.get(id) === controller) calls.delete(id);
      if (calls.size === 0 && this.calls.get(session) === calls) this.calls.delete(session);
    };
  }

  /** @param id undefined: every call of the session */
  cancel(session: string, id?: JsonRpcId): void {
    const found = this.abort(session, id);
    if (found && id !== undefined) return;
    void this.others?.publish(CHANNEL, JSON.stringify({ session, ...(id !== undefined && { id }) }));
  }

  private abort(session: string, id: JsonRpcId | undefined): boolean {
    const calls = this.calls.get(session);
    if (id === undefined) for (const call of calls?.values() ?? []) call.abort();
    const call = id === undefined ? undefined : calls?.get(id);
    call?.abort();
    return call !== undefined;
  }
}
