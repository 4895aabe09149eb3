import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentPerformanceSnapshot } from '#core/agent-performance/agent-performance.js';
import type { ErrorCluster, EventCorrelation } from '#core/error-correlations/error-correlations.js';
import type { InsightOut } from '#core/insights/insights.js';
import type { SessionOut } from '#core/sessions/sessions.js';
import type { EventOut } from '#core/signals/event.js';
import type { AchillesClient } from '../client/achilles-client.js';
import { GatewayError } from '../client/gateway-error.js';
import { ExpectedFailure } from '../expected-failure.js';

/** What the gateway found in a session, as `achilles insights --json` prints it. */
export interface SessionFindings {
  readonly session: SessionOut;
  readonly insights: readonly InsightOut[];
  readonly clusters: readonly ErrorCluster[];
  readonly correlations: readonly EventCorrelation[];
  readonly agent_performance: readonly AgentPerformanceSnapshot[];
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const POLL_MS = 250;
const EVENTS_PER_PAGE = 500;
const MOST_PAGES = 10;

/** The session with this id, or with this external key. @throws ExpectedFailure when there is none. */
export async function findSession(client: AchillesClient, reference: string, workspace?: string): Promise<SessionOut> {
  if (UUID.test(reference)) {
    const byId = await client.session(reference).catch((error: unknown) => {
      if (error instanceof GatewayError && error.status === 404) return undefined;
      throw error;
    });
    if (byId) return byId;
  }
  const found = await client.resolveSession({ external_session_key: reference, workspace_id: workspace });
  if (found.session_id !== null) return client.session(found.session_id);
  const where = workspace === undefined ? '' : ` in workspace ${workspace}`;
  throw new ExpectedFailure(`No session with the id or external key ${reference}${where}.`);
}

/** Waits until a session that has ended is processed, or the time is up; the last answer either way. */
export async function awaitProcessing(
  client: AchillesClient,
  session: SessionOut,
  waitMs: number,
): Promise<SessionOut> {
  const deadline = performance.now() + waitMs;
  let latest = session;
  while (latest.requires_processing && performance.now() < deadline) {
    await sleep(POLL_MS);
    latest = await client.session(session.id);
  }
  return latest;
}

/** Everything that processing derived from a session. */
export async function loadFindings(client: AchillesClient, session: SessionOut): Promise<SessionFindings> {
  const [insights, clusters, correlations, agent_performance] = await Promise.all([
    client.insights(session.id),
    client.clusters(session.id),
    client.correlations(session.id),
    client.agentPerformance(session.id),
  ]);
  return { session, insights, clusters, correlations, agent_performance };
}

/** Looks these events up among the session's first few thousand; in a longer session the rest stay unknown. */
export async function loadEvents(
  client: AchillesClient,
  sessionId: string,
  ids: ReadonlySet<string>,
): Promise<ReadonlyMap<string, EventOut>> {
  const found = new Map<string, EventOut>();
  let after: string | null = null;
  for (let page = 0; page < MOST_PAGES && found.size < ids.size; page++) {
    const { items, next_cursor } = await client.events(sessionId, after, EVENTS_PER_PAGE);
    for (const event of items) if (ids.has(event.id)) found.set(event.id, event);
    if (next_cursor === null) break;
    after = next_cursor;
  }
  return found;
}
