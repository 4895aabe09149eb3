import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { ErrorCorrelations } from '#core/error-correlations/error-correlations.js';
import { Insights } from '#core/insights/insights.js';
import type { Page } from '#core/page.js';
import { CoreRefusal } from '#core/remote/core-refusal.js';
import { type SessionOut, Sessions } from '#core/sessions/sessions.js';
import { AppError } from '#errors/app-error.js';
import type { Scope } from '#gateway/auth/scopes.js';
import type {
  Completion,
  Listed,
  ResourceAnswer,
  ResourceDefinition,
  ResourceProvider,
  ResourceTemplate,
  SourceRequest,
} from '#gateway/tools/tool-source.js';
import { ResourceNotFound } from '#gateway/tools/tools.errors.js';

const ROOT = 'achilles://sessions';
const ADDRESS = /^achilles:\/\/sessions(?:\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\/(insights|errors))?)?$/;

/** What is looked at of a session: the session itself, or something that was derived from it. */
export type SessionPart = 'insights' | 'errors';

export const sessionUri = (id?: string, part?: SessionPart): string =>
  id === undefined ? ROOT : part === undefined ? `${ROOT}/${id}` : `${ROOT}/${id}/${part}`;

const JSON_TEXT = { mimeType: 'application/json' };
const PAGE = 50;
const MOST_INSIGHTS = 200;
const MOST_VALUES = 100;

const TEMPLATES: readonly (ResourceTemplate & { readonly scope: Scope })[] = [
  {
    uriTemplate: `${ROOT}/{id}`,
    name: 'session',
    title: 'Session',
    description: 'One session: its status, how much happened, whether it has been analysed.',
    scope: 'sessions:read',
  },
  {
    uriTemplate: `${ROOT}/{id}/insights`,
    name: 'session-insights',
    title: 'Insights of a session',
    description: 'What the analysis of the session found, newest first.',
    scope: 'insights:read',
  },
  {
    uriTemplate: `${ROOT}/{id}/errors`,
    name: 'session-errors',
    title: 'Errors of a session',
    description: 'The errors of the session, grouped by what they have in common.',
    scope: 'insights:read',
  },
];

/** Sessions of the caller's tenant, and what is known of them, as resources. */
@Injectable()
export class SessionResources implements ResourceProvider {
  private readonly asked = new Map<string, Promise<Page<SessionOut>>>();

  constructor(
    private readonly sessions: Sessions,
    private readonly insights: Insights,
    private readonly errors: ErrorCorrelations,
  ) {}

  owns(uri: string): boolean {
    return uri === ROOT || uri.startsWith(`${ROOT}/`);
  }

  async list({ caller }: SourceRequest, cursor: string | undefined): Promise<Listed<ResourceDefinition>> {
    if (!caller.scopes.has('sessions:read')) return { items: [] };
    const page = await this.page(caller, cursor);
    const items = page.items.map(definitionOf);
    return {
      items: cursor === undefined ? [INDEX, ...items] : items,
      ...(page.next_cursor !== null && { nextCursor: page.next_cursor }),
    };
  }

  templates(caller: Caller): readonly ResourceTemplate[] {
    return TEMPLATES.flatMap(({ scope, ...template }) =>
      caller.scopes.has(scope) ? [{ ...template, ...JSON_TEXT }] : [],
    );
  }

  async read({ caller }: SourceRequest, uri: string): Promise<ResourceAnswer> {
    const [address, id, part] = ADDRESS.exec(uri) ?? [];
    if (address === undefined || !caller.scopes.has(part === undefined ? 'sessions:read' : 'insights:read')) {
      throw new ResourceNotFound(uri);
    }
    try {
      const value = await this.valueOf(caller, id, part as SessionPart | undefined);
      return { contents: [{ uri, ...JSON_TEXT, text: JSON.stringify(value) }] };
    } catch (error) {
      if ((error instanceof AppError || error instanceof CoreRefusal) && error.status === 404) {
        throw new ResourceNotFound(uri);
      }
      throw error;
    }
  }

  /** Ids of recent sessions, by the start of the id or of the session's key. */
  async complete({ caller }: SourceRequest, { of, argument, value }: Completion): Promise<readonly string[]> {
    const isOurs = TEMPLATES.some(({ uriTemplate }) => uriTemplate === of);
    if (!isOurs || argument !== 'id' || !caller.scopes.has('sessions:read')) return [];
    const { items } = await this.sessions.list(caller, { limit: MOST_VALUES });
    return items
      .filter((session) => session.id.startsWith(value) || session.external_session_key.startsWith(value))
      .map((session) => session.id);
  }

  /** A change is looked at by everybody who listens at once: those of a tenant are answered by one query. */
  private page(caller: Caller, cursor: string | undefined): Promise<Page<SessionOut>> {
    const name = `${caller.tenant}\0${cursor ?? ''}`;
    let page = this.asked.get(name);
    if (!page) {
      page = this.sessions.list(caller, { limit: PAGE, cursor }).finally(() => this.asked.delete(name));
      this.asked.set(name, page);
    }
    return page;
  }

  private valueOf(caller: Caller, id: string | undefined, part: SessionPart | undefined): Promise<object> {
    if (id === undefined) return this.sessions.list(caller, { limit: PAGE });
    switch (part) {
      case undefined:
        return this.sessions.get(caller, id);
      case 'insights':
        return this.insights.list(caller, { session_id: id, limit: MOST_INSIGHTS });
      case 'errors':
        return this.errors.clustersOf(caller, id);
      default:
        return part satisfies never;
    }
  }
}

const INDEX: ResourceDefinition = {
  uri: ROOT,
  name: 'sessions',
  title: 'Recent sessions',
  description: `The ${PAGE} sessions that started last.`,
  ...JSON_TEXT,
};

const definitionOf = ({ id, external_session_key, status, start_time }: SessionOut): ResourceDefinition => ({
  uri: sessionUri(id),
  name: external_session_key,
  description: `${status}, started ${start_time}`,
  ...JSON_TEXT,
});
