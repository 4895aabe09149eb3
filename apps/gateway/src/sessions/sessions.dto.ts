import { AnyObject, Identifier, Instant, Labels, Limit, OneOf, Text } from '#gateway/http/fields.js';
import { SESSION_STATUSES, type SessionStatus } from '#core/sessions/sessions.js';
import { EVENT_TYPES, type EventType } from '#core/signals/event.js';

export class MCPSessionCreate {
  @Text({ max: 200, description: 'The client’s own key; the same key in the same workspace is the same session.' })
  external_session_key: string;

  @Text({ max: 200 })
  user_id: string;

  @Text({ max: 200 })
  workspace_id: string;

  @Instant()
  start_time: string;

  @Identifier({ optional: true })
  project_id?: string;

  @Labels({ optional: true })
  tags?: string[];

  @AnyObject({ optional: true })
  config_snapshot?: Record<string, unknown>;
}

export class MCPSessionUpdate {
  @OneOf(SESSION_STATUSES)
  status: SessionStatus;

  @Instant({ optional: true, description: 'Required by a status that ends the session; not before start_time.' })
  end_time?: string;
}

export class MCPSessionResolve {
  @Text({ max: 200 })
  external_session_key: string;

  @Text({ max: 200, optional: true })
  workspace_id?: string;
}

export class SessionQuery {
  @Text({ max: 200, optional: true })
  workspace_id?: string;

  @Identifier({ optional: true })
  project_id?: string;

  @OneOf(SESSION_STATUSES, { optional: true })
  status?: SessionStatus;

  @Instant({ optional: true, description: 'Sessions that started then or later.' })
  since?: string;

  @Limit()
  limit: number = 50;

  @Text({ max: 200, optional: true, description: '`next_cursor` of the page before.' })
  cursor?: string;
}

export class EventQuery {
  @Text({ max: 200, optional: true, description: '`next_cursor` of the page before.' })
  after?: string;

  @Limit({ max: 1_000, fallback: 100 })
  limit: number = 100;

  @OneOf(EVENT_TYPES, { optional: true })
  event_type?: EventType;
}
