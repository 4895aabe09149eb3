import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { API_BASE } from '#gateway/http/base-path.js';
import { Api } from '../support/api.js';
import { AuthStage } from '../support/auth-stage.js';
import { aSession, anEvent, completeSession, openSession } from '../support/builders.js';

const CANARY = 'canary-of-a';

/** What a request asks for. */
interface Target {
  readonly word: string;
  readonly session: string;
  readonly project: string;
}

/** What is nobody's. */
const NOTHING: Target = {
  word: 'nobody-has-it',
  session: '01890a5d-ac96-774b-bcce-b302099a8057',
  project: '01890a5d-ac96-774b-bcce-b302099a8058',
};

let stage: AuthStage;
let a: Api;
let b: Api;
let ofA: Target;
/** The routes of the API, as its own document lists them. */
let routes: string[];

beforeAll(async () => {
  stage = await AuthStage.open();
  a = stage.as(await stage.provider.token({ tenant: 'tenant-a' }));
  b = stage.as(await stage.provider.token({ tenant: 'tenant-b' }));
  ofA = await plant(a, CANARY);
  await plant(b, 'of-b');
  const document = (await (await fetch(`${stage.gateway.url}/docs/openapi.json`)).json()) as {
    paths: Record<string, Record<string, unknown>>;
  };
  routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(`/${API_BASE}`, '')}`),
  );
});
afterAll(() => stage[Symbol.asyncDispose]());

/** A session with something in every listing, under one word. */
async function plant(api: Api, word: string): Promise<Target> {
  const project = { workspace_id: word, workspace_root: `/${word}`, create_if_missing: true };
  const { project_id: own } = (await api.post<{ project_id: string }>('/projects/resolve', project)).body;
  const session = await openSession(api, { external_session_key: word, workspace_id: word, project_id: own });
  const events = [1, 2, 3, 4].map((second) =>
    anEvent({
      session_id: session.id,
      event_type: 'test_run',
      attribution_source: 'agent',
      agent_metadata: { agent_id: word },
      client_timestamp: `2026-03-01T09:00:0${second}Z`,
      payload: { command: `pytest ${word}`, exit_code: 1, output: `ValueError: ${word}` },
    }),
  );
  expect((await api.post('/signals/events/batch', { events })).body).toMatchObject({ ingested: 4 });
  await api.post('/state/session', { session_id: session.id, snapshot_type: word, payload: { word } });
  await completeSession(api, session.id);
  return { word, session: session.id, project: own };
}

interface Walk {
  readonly body?: (target: Target) => unknown;
  readonly query?: (target: Target) => string;
  /** What the owner finds, when it is not the word or the session. */
  readonly owner?: number;
  /** What the other tenant is answered. */
  readonly other: number;
  /** Set where no two answers are alike. */
  readonly varies?: true;
}

const since = 'since=2026-01-01T00:00:00Z';
const snapshot = ({ session, word }: Target) => ({ session_id: session, snapshot_type: word, payload: {} });
const ofSession: Walk = { other: 404 };
const ofNobody: Walk = { owner: 404, other: 404 };

const ofNothing = () => ({ sha256: '0'.repeat(64) });

/** How each route is asked for what belongs to A. A route that is not here fails. */
const WALKS: Readonly<Record<string, Walk>> = {
  'POST /handshake': {
    body: ({ word }) => ({ client_name: 'c', client_version: '1', workspace_id: word, capabilities: {} }),
    owner: 200,
    other: 200,
    varies: true,
  },
  'POST /projects/resolve': {
    body: ({ word }) => ({ workspace_id: word, workspace_root: `/${word}`, create_if_missing: false }),
    owner: 200,
    other: 404,
  },
  'POST /sessions': { body: ({ project }) => aSession({ project_id: project }), owner: 201, other: 422 },
  'GET /sessions': { query: ({ word }) => `workspace_id=${word}`, other: 200 },
  'POST /sessions/resolve': { body: ({ word }) => ({ external_session_key: word }), other: 200 },
  'GET /sessions/{id}': ofSession,
  'PATCH /sessions/{id}': {
    body: () => ({ status: 'completed', end_time: '2026-03-01T10:00:00Z' }),
    other: 404,
  },
  'GET /sessions/{id}/events': ofSession,
  'GET /sessions/{id}/errors': ofSession,
  'GET /sessions/{id}/correlations': { owner: 200, other: 404 },
  'GET /sessions/{id}/agent-performance': ofSession,
  'POST /signals/events': { body: ({ session }) => anEvent({ session_id: session }), owner: 409, other: 404 },
  'POST /signals/events/batch': {
    body: ({ session, word }) => ({
      events: [anEvent({ session_id: session }), anEvent({ external_session_key: word })],
    }),
    owner: 200,
    other: 200,
  },
  'POST /state/session': { body: snapshot, owner: 201, other: 404 },
  'GET /state/session/{session_id}': ofSession,
  'GET /signals/insights': { query: ({ session }) => `session_id=${session}`, other: 404 },
  'POST /signals/insights': { body: ({ session }) => ({ session_id: session }), other: 404 },
  'GET /insights/recent': { query: ({ session }) => `session_id=${session}`, other: 404 },
  'GET /errors/clusters': { query: () => since, other: 200 },
  'GET /errors/correlations': { query: () => since, owner: 200, other: 200 },
  'GET /agents/performance': { query: () => since, other: 200 },
  'GET /health': { owner: 200, other: 200, varies: true },
  // Tools are the same to all tenants, unless they say so: tools-rest.spec.ts. Breakers are the operator's.
  'GET /v1/tools': { owner: 200, other: 200 },
  'GET /v1/tools/{name}': ofNobody,
  'POST /v1/tools/{name}/call': { body: ({ word }) => ({ arguments: { word } }), ...ofNobody },
  // Of each user by itself: upstream-connect.spec.ts.
  'GET /v1/connections': { owner: 200, other: 200 },
  'DELETE /v1/connections/{upstream}': ofNobody,
  'GET /admin/breakers': { owner: 200, other: 200 },
  'POST /admin/breakers/{name}/open': ofNobody,
  'POST /admin/breakers/{name}/close': ofNobody,
  'POST /admin/breakers/{name}/auto': ofNobody,
  // Virtual servers are the operator's too; who may use which one: virtual-servers.spec.ts.
  'GET /admin/virtual-servers': { owner: 200, other: 200 },
  'POST /admin/virtual-servers': { body: () => ({ name: 'x' }), owner: 422, other: 422 },
  'GET /admin/virtual-servers/{name}': ofNobody,
  'PUT /admin/virtual-servers/{name}': { body: () => ({}), owner: 422, other: 422 },
  'DELETE /admin/virtual-servers/{name}': ofNobody,
  // Upstreams are the operator's, too.
  'GET /admin/upstreams': { owner: 200, other: 200 },
  'POST /admin/upstreams': { body: () => ({}), owner: 422, other: 422 },
  'POST /admin/upstreams/test': { body: () => ({}), owner: 422, other: 422 },
  'GET /admin/upstreams/{name}': ofNobody,
  'PUT /admin/upstreams/{name}': { body: () => ({}), owner: 422, other: 422 },
  'PATCH /admin/upstreams/{name}': { body: () => ({}), ...ofNobody },
  'DELETE /admin/upstreams/{name}': ofNobody,
  'POST /admin/upstreams/{name}/enable': ofNobody,
  'POST /admin/upstreams/{name}/disable': ofNobody,
  'POST /admin/upstreams/{name}/refresh': ofNobody,
  'POST /admin/upstreams/{name}/test': ofNobody,
  'GET /admin/upstreams/{name}/definitions': ofNobody,
  'POST /admin/upstreams/{name}/definitions/approve': {
    body: () => ({ classes: ['wording'], sha256: '0'.repeat(64) }),
    ...ofNobody,
  },
  'GET /admin/upstreams/{name}/definitions/{tool}': ofNobody,
  'POST /admin/upstreams/{name}/definitions/{tool}/approve': { body: ofNothing, ...ofNobody },
  'POST /admin/upstreams/{name}/definitions/{tool}/reject': { body: ofNothing, ...ofNobody },
  // Each tenant has its own, and those that are published: dynamic-tools-rest.spec.ts.
  'GET /v1/dynamic-tools': { owner: 200, other: 200 },
  'POST /v1/dynamic-tools': { body: () => ({}), owner: 422, other: 422 },
  'POST /v1/dynamic-tools/run': { body: () => ({}), owner: 422, other: 422 },
  'GET /v1/dynamic-tools/{name}': ofNobody,
  'PATCH /v1/dynamic-tools/{name}': { body: () => ({}), ...ofNobody },
  'DELETE /v1/dynamic-tools/{name}': ofNobody,
  'POST /v1/dynamic-tools/{name}/enable': ofNobody,
  'POST /v1/dynamic-tools/{name}/disable': ofNobody,
  'GET /v1/dynamic-tools/{name}/versions': ofNobody,
  'GET /v1/dynamic-tools/{name}/versions/{version}': { owner: 422, other: 422 },
  'POST /v1/dynamic-tools/{name}/rollback': { body: () => ({ version: 1 }), ...ofNobody },
  'POST /v1/dynamic-tools/{name}/approve': ofNobody,
  'POST /v1/dynamic-tools/{name}/grant': ofNobody,
  'DELETE /v1/dynamic-tools/{name}/grant': ofNobody,
  'POST /v1/dynamic-tools/{name}/publish': ofNobody,
  'DELETE /v1/dynamic-tools/{name}/publish': ofNobody,
};

it('walks every route that the API documents', () => {
  expect([...routes].sort()).toEqual(Object.keys(WALKS).sort());
});

/** The answer, and its text with what was asked for taken out: an answer may repeat the caller's own words. */
async function ask(api: Api, route: string, { body, query }: Walk, target: Target) {
  const [method, path] = route.split(' ') as [string, string];
  const url = path.replace(/\{\w+\}/, target.session) + (query ? `?${query(target)}` : '');
  const at = /^\/(v1|admin)\//.test(path) ? new Api(stage.gateway.url, api.headers) : api;
  const { status, body: answer } = await at.call<unknown>(method, url, body && JSON.stringify(body(target)));
  const whole = JSON.stringify(answer);
  const text = Object.values(target).reduce((rest: string, asked: string) => rest.replaceAll(asked, 'asked'), whole);
  return { status, text, finds: whole.includes(ofA.word) || whole.includes(ofA.session) };
}

describe('what is of A is to B as if it were not there, and A has it', () => {
  it.each(Object.entries(WALKS))('%s', async (route, walk) => {
    const rowBefore = await ask(a, 'GET /sessions/{id}', ofSession, ofA);
    const other = await ask(b, route, walk, ofA);
    const nothing = await ask(b, route, walk, NOTHING);
    expect(other.status).toBe(walk.other);
    if (walk.varies) expect(other.finds).toBe(false);
    else expect([other.status, other.text]).toEqual([nothing.status, nothing.text]);
    expect(await ask(a, 'GET /sessions/{id}', ofSession, ofA)).toEqual(rowBefore);
    const { status, finds } = await ask(a, route, walk, ofA);
    if (walk.owner === undefined) expect([status, finds]).toEqual([200, true]);
    else expect(status).toBe(walk.owner);
  });

  it('whatever listing it asks for without any filter', async () => {
    for (const path of [
      '/sessions',
      '/insights/recent',
      '/errors/clusters',
      '/errors/correlations',
      '/agents/performance',
    ]) {
      const { body } = await b.get(path);
      expect(JSON.stringify(body)).not.toContain(CANARY);
      expect(JSON.stringify(body)).not.toContain(ofA.session);
    }
  });

  it('also with a session token of its own', async () => {
    const handshake = { client_name: 'c', client_version: '1', workspace_id: CANARY, capabilities: {} };
    const { body } = await b.post<{ mcp_session_token: string }>('/handshake', handshake);
    const bearer = stage.as(body.mcp_session_token);
    expect((await bearer.post('/signals/insights', { session_id: ofA.session })).status).toBe(404);
    expect((await bearer.post('/signals/events', anEvent({ external_session_key: CANARY }))).status).toBe(404);
  });
});
