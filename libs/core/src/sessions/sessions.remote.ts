import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import type { Page } from '#core/page.js';
import { CoreClient } from '#core/remote/core-client.js';
import { type EventOut, EventPage } from '#core/signals/event.js';
import {
  type EventFilter,
  MCPSessionResolveResponse,
  type NewSession,
  type SessionChange,
  type SessionFilter,
  SessionOut,
  SessionPage,
  Sessions,
} from './sessions.js';

/** Sessions of Achilles Core. */
@Injectable()
export class RemoteSessions extends Sessions {
  constructor(private readonly core: CoreClient) {
    super();
  }

  async create(caller: Caller, input: NewSession): Promise<{ session: SessionOut; created: boolean }> {
    const call = { method: 'POST', path: '/mcp/sessions', body: input, answer: SessionOut, repeatable: true } as const;
    const { status, body } = await this.core.call(caller, call);
    return { session: body, created: status === 201 };
  }

  async list(caller: Caller, filter: SessionFilter): Promise<Page<SessionOut>> {
    const call = { method: 'GET', path: '/mcp/sessions', answer: SessionPage, repeatable: true } as const;
    return (await this.core.call(caller, { ...call, query: { ...filter } })).body;
  }

  async get(caller: Caller, id: string): Promise<SessionOut> {
    const call = { method: 'GET', path: `/mcp/sessions/${id}`, answer: SessionOut, repeatable: true } as const;
    return (await this.core.call(caller, call)).body;
  }

  async update(caller: Caller, id: string, change: SessionChange): Promise<SessionOut> {
    const call = { method: 'PATCH', path: `/mcp/sessions/${id}`, answer: SessionOut, repeatable: true } as const;
    return (await this.core.call(caller, { ...call, body: change })).body;
  }

  async resolve(
    caller: Caller,
    key: { external_session_key: string; workspace_id?: string },
  ): Promise<MCPSessionResolveResponse> {
    const path = '/mcp/sessions/resolve';
    const call = { method: 'POST', path, answer: MCPSessionResolveResponse, repeatable: true } as const;
    return (await this.core.call(caller, { ...call, body: key })).body;
  }

  async events(caller: Caller, id: string, filter: EventFilter): Promise<Page<EventOut>> {
    const call = { method: 'GET', path: `/mcp/sessions/${id}/events`, answer: EventPage, repeatable: true } as const;
    return (await this.core.call(caller, { ...call, query: { ...filter } })).body;
  }
}
