import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AgentPerformance } from '#core/agent-performance/agent-performance.js';
import type { Caller } from '#core/caller.js';
import { ErrorCorrelations } from '#core/error-correlations/error-correlations.js';
import { Insights } from '#core/insights/insights.js';
import { Projects } from '#core/projects/projects.js';
import { type SessionOut, Sessions } from '#core/sessions/sessions.js';
import { Ingestion } from '#core/signals/ingestion.js';
import { Snapshots } from '#core/snapshots/snapshots.js';
import { Gateway } from '../support/boot-gateway.js';
import { aSession, anEvent } from '../support/builders.js';

const ada = { issuer: 'test', subject: 'ada', tier: 'gold', scopes: new Set<string>() } as const;
const mine: Caller = { ...ada, tenant: 'mine' };
const theirs: Caller = { ...ada, tenant: 'theirs' };
const CANARY = 'canary-of-mine';

let gateway: Gateway;
let session: SessionOut;
const area = <Area>(token: abstract new (...args: never[]) => Area): Area => gateway.app.get(token as never);

beforeAll(async () => {
  gateway = await Gateway.boot();
  const { project_id } = await area(Projects).resolve(mine, {
    workspace_id: CANARY,
    workspace_root: `/${CANARY}`,
    create_if_missing: true,
  });
  const input = aSession({ external_session_key: CANARY, workspace_id: CANARY, project_id });
  ({ session } = await area(Sessions).create(mine, input));
  const run = (output: string, second: number) =>
    anEvent({
      session_id: session.id,
      event_type: 'test_run',
      attribution_source: 'agent',
      agent_metadata: { agent_id: CANARY },
      client_timestamp: `2026-03-01T09:00:0${second}Z`,
      payload: { command: `pytest ${CANARY}`, exit_code: 1, output },
    });
  const events = [1, 2, 3, 4].map((second) => run(`ValueError: ${CANARY}`, second));
  expect(await area(Ingestion).ingest(mine, events)).toMatchObject({ ingested: 4, failed: [] });
  await area(Snapshots).take(mine, { session_id: session.id, snapshot_type: CANARY, payload: { CANARY } });
  await area(Sessions).update(mine, session.id, { status: 'completed', end_time: '2026-03-01T10:00:00Z' });
  for (let tries = 0; tries < 200; tries++) {
    if ((await area(Sessions).get(mine, session.id)).last_processed_at !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});
afterAll(() => gateway[Symbol.asyncDispose]());

describe('a tenant sees nothing of another', () => {
  const limit = 100;
  const listings: [string, (caller: Caller) => Promise<unknown>][] = [
    ['sessions', (caller) => area(Sessions).list(caller, { limit })],
    ['sessions of the workspace', (caller) => area(Sessions).list(caller, { limit, workspace_id: CANARY })],
    ['a session by its key', (caller) => area(Sessions).resolve(caller, { external_session_key: CANARY })],
    ['error clusters', (caller) => area(ErrorCorrelations).clusters(caller, { limit })],
    ['agent performance', (caller) => area(AgentPerformance).list(caller, { limit })],
  ];
  it.each(listings)('in the listing of %s', async (_what, list) => {
    const seen = (answer: unknown) =>
      JSON.stringify(answer).includes(CANARY) || JSON.stringify(answer).includes(session.id);
    expect(seen(await list(mine))).toBe(true);
    expect(seen(await list(theirs))).toBe(false);
  });

  const byId: [string, (caller: Caller) => Promise<unknown>][] = [
    ['the session', (caller) => area(Sessions).get(caller, session.id)],
    ['its events', (caller) => area(Sessions).events(caller, session.id, { limit })],
    ['its insights', (caller) => area(Insights).list(caller, { session_id: session.id, limit })],
    ['its errors', (caller) => area(ErrorCorrelations).clustersOf(caller, session.id)],
    ['its correlations', (caller) => area(ErrorCorrelations).correlationsOf(caller, session.id)],
    ['its agents', (caller) => area(AgentPerformance).ofSession(caller, session.id)],
    ['its snapshots', (caller) => area(Snapshots).list(caller, session.id, { limit })],
    [
      'a change',
      (caller) => area(Sessions).update(caller, session.id, { status: 'completed', end_time: '2026-03-01T10:00:00Z' }),
    ],
    [
      'a snapshot',
      (caller) => area(Snapshots).take(caller, { session_id: session.id, snapshot_type: CANARY, payload: { CANARY } }),
    ],
  ];
  it.each(byId)('by id: %s', async (_what, ask) => {
    await expect(ask(mine)).resolves.toBeDefined();
    await expect(ask(theirs)).rejects.toMatchObject({ code: 'session_not_found', status: 404 });
  });

  it('by sending events to it, neither by id nor by key', async () => {
    const events = [anEvent({ session_id: session.id }), anEvent({ external_session_key: CANARY })];
    const { ingested, failed } = await area(Ingestion).ingest(theirs, events);
    expect(ingested).toBe(0);
    expect(failed.map(({ code }) => code)).toEqual(['session_not_found', 'session_not_found']);
  });

  it('by its names: the same key and project are its own', async () => {
    const project = { workspace_id: CANARY, workspace_root: `/${CANARY}`, create_if_missing: true };
    expect((await area(Projects).resolve(theirs, project)).created).toBe(true);
    const input = aSession({ external_session_key: CANARY, workspace_id: CANARY });
    expect((await area(Sessions).create(theirs, input)).created).toBe(true);
    await expect(area(Sessions).create(theirs, aSession({ project_id: session.project_id! }))).rejects.toMatchObject({
      code: 'validation_failed',
    });
  });
});
