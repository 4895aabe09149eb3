import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { API_BASE } from '#gateway/http/base-path.js';
import { SCOPES } from '#gateway/auth/scopes.js';
import { LOCAL_CALLER } from '#gateway/auth/local-caller.js';
import { Handshakes } from '#core/handshake/handshakes.js';
import { createProgram } from '../../apps/cli/src/program.js';
import { testTerminal } from '../../apps/cli/test/test-terminal.js';
import { Api } from '../support/api.js';
import { AuthStage } from '../support/auth-stage.js';
import { Gateway } from '../support/boot-gateway.js';
import { openSession } from '../support/builders.js';
import { forge, goodClaims } from '../support/forge.js';
import { IdentityProvider } from '../support/identity-provider.js';

let stage: AuthStage;
beforeAll(async () => {
  stage = await AuthStage.open({ AUTH_REQUIRED_SCOPES: 'mcp:call, extra', PUBLIC_URL: 'https://gw.example/base/' });
});
afterAll(() => stage[Symbol.asyncDispose]());

const ID = '0f8fad5b-d9cb-469f-a165-70867728950e';
const metadata = `https://gw.example/base/.well-known/oauth-protected-resource/${API_BASE}`;
const withScopes = (scope: string) => stage.as(forge(stage.provider, { claims: { scope } }));

/** What each route needs. The list is complete: a route that is missing here fails. */
const NEEDED: Readonly<Record<string, string>> = {
  'POST /handshake': 'signals:write',
  'POST /projects/resolve': 'projects:write',
  'POST /sessions': 'sessions:write',
  'GET /sessions': 'sessions:read',
  'POST /sessions/resolve': 'sessions:read',
  'GET /sessions/{id}': 'sessions:read',
  'PATCH /sessions/{id}': 'sessions:write',
  'GET /sessions/{id}/events': 'sessions:read',
  'GET /sessions/{id}/errors': 'insights:read',
  'GET /sessions/{id}/correlations': 'insights:read',
  'GET /sessions/{id}/agent-performance': 'insights:read',
  'POST /signals/events': 'signals:write',
  'POST /signals/events/batch': 'signals:write',
  'POST /state/session': 'snapshots:write',
  'GET /state/session/{session_id}': 'snapshots:read',
  'GET /signals/insights': 'insights:read',
  'POST /signals/insights': 'insights:read',
  'GET /insights/recent': 'insights:read',
  'GET /errors/clusters': 'insights:read',
  'GET /errors/correlations': 'insights:read',
  'GET /agents/performance': 'insights:read',
  'GET /admin/breakers': 'breakers:read',
  'POST /admin/breakers/{name}/open': 'breakers:write',
  'POST /admin/breakers/{name}/close': 'breakers:write',
  'POST /admin/breakers/{name}/auto': 'breakers:write',
  'GET /admin/virtual-servers': 'upstreams:read',
  'POST /admin/virtual-servers': 'upstreams:write',
  'GET /admin/virtual-servers/{name}': 'upstreams:read',
  'PUT /admin/virtual-servers/{name}': 'upstreams:write',
  'DELETE /admin/virtual-servers/{name}': 'upstreams:write',
  'GET /admin/upstreams': 'upstreams:read',
  'POST /admin/upstreams': 'upstreams:write',
  'POST /admin/upstreams/test': 'upstreams:write',
  'GET /admin/upstreams/{name}': 'upstreams:read',
  'PUT /admin/upstreams/{name}': 'upstreams:write',
  'PATCH /admin/upstreams/{name}': 'upstreams:write',
  'DELETE /admin/upstreams/{name}': 'upstreams:write',
  'POST /admin/upstreams/{name}/enable': 'upstreams:write',
  'POST /admin/upstreams/{name}/disable': 'upstreams:write',
  'POST /admin/upstreams/{name}/refresh': 'upstreams:write',
  'POST /admin/upstreams/{name}/test': 'upstreams:write',
  'GET /admin/upstreams/{name}/definitions': 'upstreams:read',
  'POST /admin/upstreams/{name}/definitions/approve': 'upstreams:write',
  'GET /admin/upstreams/{name}/definitions/{tool}': 'upstreams:read',
  'POST /admin/upstreams/{name}/definitions/{tool}/approve': 'upstreams:write',
  'POST /admin/upstreams/{name}/definitions/{tool}/reject': 'upstreams:write',
  'GET /v1/dynamic-tools': 'tools:admin',
  'POST /v1/dynamic-tools': 'tools:admin',
  'POST /v1/dynamic-tools/run': 'tools:run',
  'GET /v1/dynamic-tools/{name}': 'tools:admin',
  'PATCH /v1/dynamic-tools/{name}': 'tools:admin',
  'DELETE /v1/dynamic-tools/{name}': 'tools:admin',
  'POST /v1/dynamic-tools/{name}/enable': 'tools:admin',
  'POST /v1/dynamic-tools/{name}/disable': 'tools:admin',
  'GET /v1/dynamic-tools/{name}/versions': 'tools:admin',
  'GET /v1/dynamic-tools/{name}/versions/{version}': 'tools:admin',
  'POST /v1/dynamic-tools/{name}/rollback': 'tools:admin',
  'POST /v1/dynamic-tools/{name}/approve': 'tools:admin',
  'POST /v1/dynamic-tools/{name}/grant': 'tools:admin',
  'DELETE /v1/dynamic-tools/{name}/grant': 'tools:admin',
  'POST /v1/dynamic-tools/{name}/publish': 'tools:admin tools:publish',
  'DELETE /v1/dynamic-tools/{name}/publish': 'tools:admin tools:publish',
};

const isApart = (path: string) => /^\/(v1|admin)\//.test(path);

/** Whoever is known may ask; what it gets depends on who it is. */
const OF_ANY_CALLER = [
  'GET /v1/tools',
  'GET /v1/tools/{name}',
  'POST /v1/tools/{name}/call',
  'GET /v1/connections',
  'DELETE /v1/connections/{upstream}',
];

async function ask(route: string, scopes: string) {
  const [method, path] = route.split(' ') as [string, string];
  const base = isApart(path) ? stage.gateway.url : stage.gateway.api.base;
  const token = forge(stage.provider, { claims: { scope: scopes } });
  const api = new Api(base, { authorization: `Bearer ${token}` });
  return api.call<Record<string, unknown>>(method, path.replace(/\{\w+\}/, ID), method === 'GET' ? undefined : '{');
}

it('knows what every route of the API needs', async () => {
  const document = (await (await fetch(`${stage.gateway.url}/docs/openapi.json`)).json()) as {
    paths: Record<string, Record<string, unknown>>;
  };
  const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(`/${API_BASE}`, '')}`),
  );
  const known = [...Object.keys(NEEDED), ...OF_ANY_CALLER];
  expect(routes.filter((route) => route !== 'GET /health').sort()).toEqual(known.sort());
});

describe.each(Object.entries(NEEDED))('%s', (route, scope) => {
  it.each([
    '',
    'mcp:call extra',
    `${scope}`,
    `mcp:call ${scope}`,
    `mcp:call extra ${scope}s`,
    `MCP:CALL EXTRA ${scope}`,
  ])('is refused to the scopes "%s", all that it needs is named', async (scopes) => {
    const { status, headers, body } = await ask(route, scopes);
    expect(status).toBe(403);
    const resource = isApart(route.split(' ')[1]!) ? metadata.replace(`/${API_BASE}`, '') : metadata;
    expect(headers.get('www-authenticate')).toBe(
      `Bearer error="insufficient_scope", scope="mcp:call extra ${scope}", resource_metadata="${resource}"`,
    );
    expect(body).toMatchObject({ code: 'insufficient_scope', scope: `mcp:call extra ${scope}` });
  });

  it('is open to its scope', async () => {
    const { status } = await ask(route, `mcp:call extra ${scope}`);
    // The body is no JSON and the id is nobody's: what answers is behind the guard.
    expect([200, 400, 404, 422]).toContain(status);
  });
});

describe.each(OF_ANY_CALLER)('%s', (route) => {
  it('needs what every call needs, and nothing else', async () => {
    expect((await ask(route, 'mcp:call')).body).toMatchObject({ status: 403, scope: 'mcp:call extra' });
    expect([200, 400, 404]).toContain((await ask(route, 'mcp:call extra')).status);
  });
});

describe('metadata', () => {
  const at = async (url: string, path: string, headers = {}) => {
    const response = await fetch(`${url}/.well-known/oauth-protected-resource${path}`, { headers });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it.each(['', '/mcp', `/${API_BASE}`])('of "%s" names the address that the operator gave', async (path) => {
    const { status, body } = await at(stage.gateway.url, path);
    expect(status).toBe(200);
    expect(body).toEqual({
      resource: `https://gw.example/base${path}`,
      resource_name: 'Achilles Gateway',
      authorization_servers: [stage.provider.issuer],
      bearer_methods_supported: ['header'],
      scopes_supported: ['mcp:call', 'extra', ...SCOPES],
    });
  });

  it('names the address of the request when the operator gave none, believing no header of a stranger', async () => {
    await using other = await Gateway.boot(stage.provider.settings);
    const { body } = await at(other.url, '/mcp', { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' });
    expect(body).toMatchObject({ resource: `${other.url}/mcp` });
  });

  it('is not there where nobody is asked for a token', async () => {
    await using open = await Gateway.boot();
    expect(await at(open.url, '/mcp')).toMatchObject({ status: 404, body: { code: 'route_not_found' } });
  });
});

describe('an mcp_session_token', () => {
  const handshake = { client_name: 'c', client_version: '1', workspace_id: 'w', capabilities: {} };

  it('speaks for its owner on the routes that take it, and on no other', async () => {
    const api = withScopes(`mcp:call extra ${SCOPES.join(' ')}`);
    const { body } = await api.post<{ mcp_session_token: string }>('/handshake', handshake);
    const session = await openSession(api, { workspace_id: 'w' });
    const bearer = stage.as(body.mcp_session_token);
    expect((await bearer.get(`/signals/insights?session_id=${session.id}`)).status).toBe(200);
    const other = await bearer.get('/sessions');
    expect([other.status, other.headers.get('www-authenticate')]).toEqual([
      401,
      `Bearer error="invalid_token", resource_metadata="${metadata}"`,
    ]);
  });

  it('of a time when nobody was asked who he is, or of an issuer who is trusted no more, is not taken', async () => {
    for (const issuer of ['local', 'https://former.example']) {
      const caller = { ...LOCAL_CALLER, issuer };
      const { mcp_session_token: token } = await stage.gateway.app.get(Handshakes).open(caller, handshake);
      expect(await stage.refusals(() => stage.as(token).post('/signals/insights', {}))).toEqual([
        'session_token_refused',
      ]);
    }
  });
});

describe('several issuers', () => {
  it('each speak for their tenants, with their own keys and audience', async () => {
    await using partner = await IdentityProvider.start('partner-tools');
    const file = join(stage.gateway.folder, 'several.yaml');
    const entry = {
      issuer: partner.issuer,
      jwks_url: partner.jwksUrl,
      audience: partner.audience,
      tenants: ['partner'],
    };
    writeFileSync(file, JSON.stringify({ issuers: [{ ...entry, tenant_claim: 'org' }] }));
    await using gateway = await Gateway.boot({ ...stage.provider.settings, ISSUERS_FILE: file });
    const status = async (token: string) =>
      (await gateway.api.get('/sessions', { authorization: `Bearer ${token}` })).status;
    const ours = goodClaims(stage.provider);
    expect(await status(forge(partner, { claims: { org: 'partner' } }))).toBe(200);
    expect(await status(forge(partner, { claims: { org: 'acme' } }))).toBe(401);
    expect(await status(forge(partner, { claims: { tenant: 'partner' } }))).toBe(401);
    expect(await status(forge(partner, { claims: { org: 'partner', aud: ours.aud } }))).toBe(401);
    expect(await status(forge(partner, { claims: { org: 'partner', iss: ours.iss } }))).toBe(401);
    expect(await status(forge(stage.provider, { claims: { tenant: 'acme' } }))).toBe(200);
    expect(await status(forge(stage.provider, { key: partner.keyFor('RS256') }))).toBe(401);
  });
});

describe('achilles --token', () => {
  it.each([
    ['a good one', () => forge(stage.provider, { claims: { scope: `mcp:call extra ${SCOPES.join(' ')}` } }), 0, ''],
    ['a bad one', () => 'x', 1, 'pass --token'],
  ])('imports with %s', async (_what, token, expected, said) => {
    const terminal = testTerminal();
    let code: number | undefined;
    const program = createProgram({ version: '1', defaultUser: 'ada', terminal, exit: (given) => (code = given) });
    const file = 'test/fixtures/transcripts/achilles.jsonl';
    await program.parseAsync(['import', file, '--json', '--token', token(), '--url', stage.gateway.url], {
      from: 'user',
    });
    expect(code).toBe(expected);
    expect(terminal.err() + terminal.out()).toContain(said);
  });
});
