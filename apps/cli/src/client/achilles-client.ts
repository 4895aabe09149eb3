import type { AgentPerformanceSnapshot } from '#core/agent-performance/agent-performance.js';
import type { ErrorCluster, EventCorrelation } from '#core/error-correlations/error-correlations.js';
import type { HandshakeInput, MCPHandshakeResponse } from '#core/handshake/handshakes.js';
import type { InsightOut } from '#core/insights/insights.js';
import type { Page } from '#core/page.js';
import type { ProjectKey, ProjectResolveResponse } from '#core/projects/projects.js';
import type { MCPSessionResolveResponse, NewSession, SessionChange, SessionOut } from '#core/sessions/sessions.js';
import type { EventOut } from '#core/signals/event.js';
import type { EventBatchResponse } from '#core/signals/signals.js';
import type { MCPSessionSnapshotResponse, NewSnapshot, SnapshotOut } from '#core/snapshots/snapshots.js';
import { type HttpOptions, PersistentHttp } from './persistent-http.js';

const BASE_PATH = '/api/achilles/v1/mcp';
const MOST_INSIGHTS = 200;

/** The gateway's public API, as far as the command line uses it. */
export class AchillesClient {
  readonly #http: PersistentHttp;

  constructor(readonly options: HttpOptions) {
    this.#http = new PersistentHttp(options);
  }

  handshake(input: HandshakeInput) {
    return this.#post<MCPHandshakeResponse>('/handshake', input);
  }

  resolveProject(key: ProjectKey) {
    return this.#post<ProjectResolveResponse>('/projects/resolve', key);
  }

  /** The same `external_session_key` in the same workspace again gives the session that exists. */
  createSession(session: NewSession) {
    return this.#post<SessionOut>('/sessions', session);
  }

  updateSession(id: string, change: SessionChange) {
    return this.#call<SessionOut>('PATCH', `/sessions/${id}`, JSON.stringify(change));
  }

  /** Each event as JSON text: it was serialised to be measured, and is not serialised twice. */
  sendEvents(events: readonly string[]) {
    return this.#call<EventBatchResponse>('POST', '/signals/events/batch', `{"events":[${events.join(',')}]}`);
  }

  takeSnapshot(snapshot: NewSnapshot) {
    return this.#post<MCPSessionSnapshotResponse>('/state/session', snapshot);
  }

  /** A session's latest snapshots of one type, newest first. */
  snapshots(sessionId: string, type: string, limit: number) {
    return this.#get<SnapshotOut[]>(`/state/session/${sessionId}?snapshot_type=${type}&limit=${limit}`);
  }

  session(id: string) {
    return this.#get<SessionOut>(`/sessions/${id}`);
  }

  resolveSession(key: { readonly external_session_key: string; readonly workspace_id?: string }) {
    return this.#post<MCPSessionResolveResponse>('/sessions/resolve', key);
  }

  insights(sessionId: string) {
    return this.#get<InsightOut[]>(`/signals/insights?session_id=${sessionId}&limit=${MOST_INSIGHTS}`);
  }

  clusters(sessionId: string) {
    return this.#get<ErrorCluster[]>(`/sessions/${sessionId}/errors`);
  }

  correlations(sessionId: string) {
    return this.#get<EventCorrelation[]>(`/sessions/${sessionId}/correlations`);
  }

  agentPerformance(sessionId: string) {
    return this.#get<AgentPerformanceSnapshot[]>(`/sessions/${sessionId}/agent-performance`);
  }

  /** One page of a session's events, oldest first. */
  events(sessionId: string, after: string | null, limit: number) {
    const cursor = after === null ? '' : `&after=${encodeURIComponent(after)}`;
    return this.#get<Page<EventOut>>(`/sessions/${sessionId}/events?limit=${limit}${cursor}`);
  }

  #get<Answer>(path: string) {
    return this.#call<Answer>('GET', path);
  }

  #post<Answer>(path: string, body: unknown) {
    return this.#call<Answer>('POST', path, JSON.stringify(body));
  }

  /** The gateway's answers are checked by the gateway, against the models that these types come from. */
  async #call<Answer>(method: string, path: string, body?: string): Promise<Answer> {
    return (await this.#http.call(method, BASE_PATH + path, body)) as Answer;
  }
}
