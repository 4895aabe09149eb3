import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { API_BASE } from '#gateway/http/base-path.js';
import { Gateway } from '../support/boot-gateway.js';
import { aSession } from '../support/builders.js';

const LISTED = 'https://console.test';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await Gateway.boot({ CORS_ORIGINS: `${LISTED}, http://127.0.0.1:5173` });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const ask = (path: string, init: RequestInit = {}) => fetch(gateway.url + path, init);

describe('every answer', () => {
  it.each<[string, string, string, number]>([
    ['a health check', 'GET', '/livez', 200],
    ['a list', 'GET', `/${API_BASE}/sessions`, 200],
    ['a refused body', 'POST', `/${API_BASE}/sessions`, 422],
    ['an unknown path', 'GET', '/nowhere', 404],
    ['an unknown method', 'DELETE', '/livez', 404],
    ['a HEAD', 'HEAD', '/livez', 200],
    ['a broken path', 'GET', '/%zz', 400],
    ['the document', 'GET', '/docs/openapi.json', 200],
    ['a script', 'GET', '/docs/view.js', 200],
  ])('keeps browsers from doing anything with it: %s', async (_what, method, path, status) => {
    const { headers, ...answer } = await ask(path, { method });
    expect([answer.status ?? status]).toEqual([status]);
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
    for (const name of ['server', 'x-powered-by', 'strict-transport-security', 'access-control-allow-origin']) {
      expect(headers.get(name)).toBeNull();
    }
  });

  it('that is a page may run its own scripts, and no others', async () => {
    const policy = (await ask('/docs')).headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'none'; script-src 'self';");
    expect(policy).not.toMatch(/script-src[^;]*(?:unsafe|\*|data:|http)/);
    expect(await (await ask('/docs')).text()).not.toMatch(/<script(?![^>]* src=)|\son\w+=/);
  });
});

describe('a page of another origin', () => {
  const preflight = (origin: string, headers: Record<string, string> = {}) =>
    ask(`/${API_BASE}/sessions`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', ...headers },
    });

  it('may call when it is listed', async () => {
    const asked = await preflight(LISTED, { 'access-control-request-headers': 'authorization, content-type' });
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe(LISTED);
    expect(asked.headers.get('access-control-allow-methods')).toContain('POST');
    expect(asked.headers.get('access-control-allow-headers')).toContain('authorization');
    expect(asked.headers.get('access-control-allow-credentials')).toBeNull();
    expect(asked.headers.get('vary')).toBe('origin');
    const answer = await gateway.api.with({ origin: LISTED }).post('/sessions', aSession());
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([201, LISTED]);
    const exposed = answer.headers.get('access-control-expose-headers')!;
    for (const name of ['x-request-id', 'retry-after', 'www-authenticate', 'ratelimit', 'etag']) {
      expect(exposed.split(', ')).toContain(name);
    }
  });

  it('may call tools of MCP, whatever arguments they want in headers', async () => {
    const names = 'mcp-method, mcp-name, mcp-protocol-version, mcp-session-id, last-event-id, mcp-param-region';
    const asked = await preflight(LISTED, { 'access-control-request-headers': `${names}, mcp-param-a b, x-other` });
    const allowed = asked.headers.get('access-control-allow-headers')!.split(', ');
    expect(names.split(', ').filter((name) => !allowed.includes(name))).toEqual([]);
    expect(allowed.filter((name) => name.startsWith('mcp-param-'))).toEqual(['mcp-param-region']);
    expect(allowed).not.toContain('x-other');
    const answer = await ask('/mcp', { method: 'POST', headers: { origin: LISTED } });
    const exposed = answer.headers.get('access-control-expose-headers')!.split(', ');
    for (const name of ['mcp-session-id', 'mcp-protocol-version', 'www-authenticate']) expect(exposed).toContain(name);
  });

  it('hears why it is refused, too', async () => {
    const answer = await gateway.api.with({ origin: LISTED }).post('/sessions', {});
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([422, LISTED]);
  });

  it.each([
    'https://evil.test',
    'null',
    '*',
    'http://console.test',
    'https://console.test:8443',
    'https://console.test.evil.test',
    'https://evil-console.test',
    'https://sub.console.test',
    'HTTPS://CONSOLE.TEST',
    'https://console.test/',
    `${LISTED}, https://evil.test`,
    'http://127.0.0.1:5174',
    '',
  ])('may not otherwise: %j', async (origin) => {
    const asked = await preflight(origin);
    expect(asked.status).toBe(403);
    const called = await ask('/livez', { headers: { origin } });
    for (const { headers } of [asked, called]) {
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  it('is told nothing by OPTIONS that is no preflight', async () => {
    expect((await ask('/livez', { method: 'OPTIONS', headers: { origin: LISTED } })).status).toBe(404);
    expect((await ask('/livez', { method: 'OPTIONS' })).status).toBe(404);
  });
});

describe('the name of another that leads to this machine', () => {
  it.each<[string, number]>([
    ['localhost', 200],
    ['LOCALHOST:8080', 200],
    ['127.0.0.1:1', 200],
    ['[::1]:8080', 200],
    ['evil.test', 403],
    ['localhost.evil.test', 403],
    ['127.0.0.1.evil.test', 403],
    ['evil.test:80@localhost', 403],
    ['10.0.0.1', 403],
    ['[::ffff:10.0.0.1]', 403],
  ])('%s: %i', async (host, status) => {
    const { port, hostname } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    socket.write(`GET /livez HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect((await text(socket)).split(' ')[1]).toBe(String(status));
  });
});
