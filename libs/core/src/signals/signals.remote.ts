import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { CoreClient } from '#core/remote/core-client.js';
import { MCPSessionResolveResponse } from '#core/sessions/sessions.js';
import type { AcceptedEvent } from './accepted-event.js';
import { sessionNotFound } from './event-failures.js';
import { EventBatchResponse, type EventFailure, Signals, type StoreOutcome } from './signals.js';

/** Events of Achilles Core. */
@Injectable()
export class RemoteSignals extends Signals {
  constructor(private readonly core: CoreClient) {
    super();
  }

  /** Core numbers the events it was sent; the client's numbers also count those that were refused before. */
  async store(caller: Caller, events: readonly AcceptedEvent[]): Promise<StoreOutcome> {
    const { placed, failed } = await this.place(caller, events);
    if (placed.length === 0) return { results: [], failed };
    const { body } = await this.core.call(caller, {
      method: 'POST',
      path: '/signals/events/batch',
      body: { events: placed.map(({ event }) => event) },
      answer: EventBatchResponse,
      repeatable: true,
    });
    const renumber = <Item extends { index: number }>(item: Item): Item => ({
      ...item,
      index: placed[item.index]?.index ?? item.index,
    });
    return { results: body.results.map(renumber), failed: [...failed, ...body.failed.map(renumber)] };
  }

  /**
   * A token's holder means the sessions of its own workspace. Core does not know of the token, so keys are looked up
   * there and events sent on by session id.
   */
  private async place(caller: Caller, events: readonly AcceptedEvent[]) {
    if (caller.workspaceId === undefined) return { placed: events, failed: [] };
    const ids = new Map<string, string | null>();
    const placed: AcceptedEvent[] = [];
    const failed: EventFailure[] = [];
    for (const accepted of events) {
      const { session_id: id, external_session_key: key } = accepted.event;
      if (id === undefined && !ids.has(key!)) ids.set(key!, await this.find(caller, key!));
      const session_id = id ?? ids.get(key!);
      if (session_id) placed.push({ ...accepted, event: { ...accepted.event, session_id } });
      else failed.push(sessionNotFound(accepted));
    }
    return { placed, failed };
  }

  private async find(caller: Caller, external_session_key: string): Promise<string | null> {
    const { body } = await this.core.call(caller, {
      method: 'POST',
      path: '/mcp/sessions/resolve',
      body: { external_session_key, workspace_id: caller.workspaceId },
      answer: MCPSessionResolveResponse,
      repeatable: true,
    });
    return body.session_id;
  }
}
