import type { SessionOut } from '#core/sessions/sessions.js';
import type { MCPEvent } from '#core/signals/event.js';
import type { Api } from './api.js';

let count = 0;
const unique = () => `${process.pid}-${++count}`;

/** What a client sends to open a session. */
export const aSession = (overrides: Record<string, unknown> = {}) => ({
  external_session_key: `key-${unique()}`,
  user_id: 'ada',
  workspace_id: 'analytical-engine',
  start_time: '2026-03-01T09:00:00Z',
  ...overrides,
});

/** What a client sends as an event. Each has a content of its own. */
export const anEvent = (overrides: Record<string, unknown> = {}): MCPEvent =>
  ({
    event_type: 'command_run',
    source_type: 'agent',
    client_timestamp: '2026-03-01T09:00:01Z',
    payload: { command: `echo ${unique()}` },
    ...overrides,
  }) as MCPEvent;

/** A session that the API has opened. */
export async function openSession(api: Api, overrides: Record<string, unknown> = {}): Promise<SessionOut> {
  const { status, body } = await api.post<SessionOut>('/sessions', aSession(overrides));
  if (status !== 201) throw new Error(`POST /sessions answered ${status}: ${JSON.stringify(body)}`);
  return body;
}

/** Ends a session and waits until it has been processed. */
export async function completeSession(api: Api, id: string, endTime = '2026-03-01T10:00:00Z'): Promise<SessionOut> {
  const { status, body } = await api.patch(`/sessions/${id}`, { status: 'completed', end_time: endTime });
  if (status !== 200) throw new Error(`PATCH answered ${status}: ${JSON.stringify(body)}`);
  return processed(api, id);
}

/** Waits until a session has been processed. */
export async function processed(api: Api, id: string): Promise<SessionOut> {
  for (let tries = 0; tries < 400; tries++) {
    const { body } = await api.get<SessionOut>(`/sessions/${id}`);
    if (!body.requires_processing && body.last_processed_at !== null) return body;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`session ${id} was not processed within 20 s`);
}
