import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { API_BASE } from '#gateway/http/base-path.js';
import { aSession } from '../support/builders.js';
import { FakeCore } from '../support/fake-core.js';
import { GatewayProcess } from '../support/gateway-process.js';
import { exchange } from '../support/raw-socket.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let core: FakeCore;
let gateway: GatewayProcess;
beforeAll(async () => {
  core = await FakeCore.start();
  const settings = Object.entries(core.settings()).map(([name, value]) => [name, String(value)]);
  gateway = await GatewayProcess.start({ ...Object.fromEntries(settings), LOG_LEVEL: 'info', HTTP_MAX_RETRIES: '0' });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await core[Symbol.asyncDispose]();
});

const idOf = async (path: string, headers: Record<string, string>) =>
  (await fetch(gateway.url + path, { headers })).headers.get('x-request-id');

describe('the id of a request', () => {
  it.each(['a', 'mine-1', 'A.b_c~d:e-f', '0'.repeat(128), '018f4e5a-0000-7000-8000-000000000000'])(
    'is the client’s own: %s',
    async (id) => expect(await idOf('/livez', { 'x-request-id': id })).toBe(id),
  );

  it.each([
    ['none', {}],
    ['an empty one', { 'x-request-id': '' }],
    ['129 characters', { 'x-request-id': '0'.repeat(129) }],
    ['a space', { 'x-request-id': 'a b' }],
    ['a comma', { 'x-request-id': 'a,b' }],
    ['a quote', { 'x-request-id': 'a"b' }],
    ['a backslash', { 'x-request-id': 'a\\n' }],
    ['an escape', { 'x-request-id': '%0d%0aX-A:%20b' }],
    ['markup', { 'x-request-id': '<script>' }],
    ['Latin-1', { 'x-request-id': '\u00e9' }],
    ['a tab', { 'x-request-id': 'a\tb' }],
  ])('is a new UUID for %s', async (_what, headers) => expect(await idOf('/livez', headers)).toMatch(UUID));

  it('is new when there are two', async () => {
    const [answer] = await exchange(
      gateway.url,
      'GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Request-ID: a\r\nX-Request-ID: b\r\n\r\n',
    );
    expect(answer!.headers['x-request-id']).toMatch(UUID);
  });

  it.each([
    '/nowhere',
    '/%zz',
    `/${API_BASE}/sessions/x`,
    '/docs',
    '/docs/openapi.json',
    '/docs/assets/swagger-ui.css',
  ])('is on the answer of %s', async (path) => expect(await idOf(path, { 'x-request-id': 'known-1' })).toBe('known-1'));
});

interface Line {
  readonly level: number;
  readonly request_id: string;
  readonly trace_id: string;
  readonly [field: string]: unknown;
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The lines of this request, once they are there. */
async function linesOf(id: string): Promise<Line[]> {
  for (let tries = 0; tries < 100; tries++) {
    const lines = gateway.log
      .split('\n')
      .filter((line) => line.includes(`"${id}"`))
      .map((line) => JSON.parse(line) as Line);
    if (lines.length > 0) return lines;
    await wait(20);
  }
  return [];
}

describe('the log', () => {
  it('has one line for a request, when it is over', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    await gateway.api
      .with({ 'x-request-id': 'line-1', traceparent: `00-${trace}-00f067aa0ba902b7-01` })
      .get('/sessions?workspace_id=not-for-the-log');
    expect(await linesOf('line-1')).toEqual([
      {
        level: 30,
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        request_id: 'line-1',
        method: 'GET',
        operation: 'listSessions',
        path: `/${API_BASE}/sessions`,
        status: 200,
        ms: expect.any(Number),
        tenant: 'default',
        trace_id: trace,
        msg: 'request',
      },
    ]);
  });

  it.each<[string, string, string, string]>([
    ['an id in its place', 'GET', `/${API_BASE}/sessions/019a0000-0000-7000-8000-000000000000`, 'same'],
    ['something else in the place of an id', 'GET', `/${API_BASE}/sessions/hunter2`, `/${API_BASE}/sessions/:id`],
    ['an unknown path', 'GET', '/wp-admin/setup.php', 'same'],
    ['a broken path', 'GET', '/%zz', 'same'],
  ])('tells the path with %s', async (what, method, path, told) => {
    const id = `path-${what.length}`;
    await fetch(gateway.url + path, { method, headers: { 'x-request-id': id } });
    expect((await linesOf(id))[0]).toMatchObject({ path: told === 'same' ? path : told });
  });

  it('tells of a client that left', async () => {
    core.failNext({ kind: 'slow', ms: 500 });
    const left = new AbortController();
    setTimeout(() => left.abort(), 100);
    await expect(
      fetch(`${gateway.url}/${API_BASE}/sessions`, { signal: left.signal, headers: { 'x-request-id': 'left-1' } }),
    ).rejects.toThrow();
    expect(await linesOf('left-1')).toMatchObject([{ status: 499, operation: 'listSessions' }]);
  });

  it('says nothing of probes', async () => {
    for (const path of ['/livez', '/readyz', `/${API_BASE}/health`]) await idOf(path, { 'x-request-id': 'probe-1' });
    await idOf('/nowhere', { 'x-request-id': 'after-probe' });
    await linesOf('after-probe');
    expect(gateway.log).not.toContain('probe-1"');
  });

  const SECRET = 'Zx81-canary-9f27c4e1b0d35a68';
  const JWT = `eyJhbGciOiJub25lIn0.eyJzdWIiOiJjYW5hcnkifQ.${SECRET}`;
  it.each<[string, string, string, Record<string, string>, string | undefined]>([
    ['a bearer token', 'GET', '/sessions', { authorization: `Bearer ${SECRET}` }, undefined],
    ['basic credentials', 'GET', '/sessions', { authorization: `Basic ${btoa(`u:${SECRET}`)}` }, undefined],
    ['a cookie', 'GET', '/sessions', { cookie: `session=${SECRET}` }, undefined],
    ['an API key', 'GET', '/sessions', { 'x-api-key': SECRET }, undefined],
    ['a parameter', 'GET', `/sessions?access_token=${SECRET}`, {}, undefined],
    ['a wrong parameter', 'GET', `/sessions?limit=${SECRET}`, {}, undefined],
    ['a fragment', 'GET', `/sessions%23token=${SECRET}`, {}, undefined],
    ['a path', 'GET', `/sessions/${SECRET}`, {}, undefined],
    ['a path that is none', 'GET', `/nothing/${SECRET}/here`, {}, undefined],
    ['a token in a path', 'GET', `/nothing/${JWT}`, {}, undefined],
    ['a body', 'POST', '/sessions', {}, JSON.stringify(aSession({ config_snapshot: { password: SECRET } }))],
    ['a wrong body', 'POST', '/sessions', {}, JSON.stringify({ [SECRET]: SECRET })],
    ['a body that is not JSON', 'POST', '/sessions', {}, `{"password": ${SECRET}`],
    ['a trace state', 'GET', '/sessions', { traceparent: 'x', tracestate: `a=${SECRET}` }, undefined],
    ['a referrer', 'GET', '/sessions', { referer: `https://u:${SECRET}@h/`, 'user-agent': SECRET }, undefined],
  ])('has no secret from %s', async (what, method, path, headers, body) => {
    const id = `secret-${what.replaceAll(' ', '-')}`;
    await gateway.api.call(method, path, body, { ...headers, 'x-request-id': id });
    expect(await linesOf(id)).toHaveLength(1);
    expect(gateway.log).not.toContain(SECRET);
    expect(gateway.log).not.toContain(JWT.slice(0, 30));
  });

  it.each([
    ['a line feed', '/a%0a{"level":60}'],
    ['an escape sequence', '/a%1b[2J'],
    ['quotes', '/a","level":60,"x":"'],
  ])('cannot be written to with %s in a path', async (what, path) => {
    const id = `inject-${what.length}`;
    const bytes = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Request-ID: ${id}\r\n\r\n`;
    await exchange(gateway.url, Buffer.from(bytes, 'latin1'));
    const lines = await linesOf(id);
    expect(lines).toMatchObject([{ level: 30 }]);
    // oxlint-disable-next-line no-control-regex
    expect(gateway.log).not.toMatch(/[^\n\x20-\x7e]/);
  });
});

describe('the logger', () => {
  /** What this code leaves on standard error, at its end or at its sudden end. */
  const logged = (code: string) => {
    const program = `import { StructuredLogger } from '#observability/logger.js';
      import { RequestLog } from '#observability/request-log.js';
      import { flushLogs } from '#observability/log-destination.js';
      const logger = new StructuredLogger('info'); ${code}`;
    const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
    return stderr.split('\n').filter((line) => line !== '');
  };
  const LINES = `for (let i = 0; i < 10000; i++) logger.log('line ' + i);`;

  it.each([
    ['an ordinary end', `${LINES}`],
    ['process.exit after a flush', `${LINES} await flushLogs(); process.exit(0);`],
    ['process.exit', `logger.log('a'); ${LINES.replace('10000', '9999')} process.exit(0);`],
    ['an error that nobody caught', `${LINES} setTimeout(() => { throw new Error('x'); });`],
  ])('loses nothing at %s', (_what, code) => {
    expect(logged(code).filter((line) => line.startsWith('{"level":30'))).toHaveLength(10_000);
  });

  it.each([
    ['a message', `logger.error('password=canary-1 Bearer canary-1 https://u:canary-1@h')`],
    ['an error', `logger.error(new Error('connect postgres://u:canary-1@h/db failed'))`],
    ['the cause of an error', `logger.error(new Error('a', { cause: new Error('token: canary-1') }))`],
    [
      'the members of an error',
      `logger.error(Object.assign(new Error('a'), { headers: { authorization: 'canary-1' } }))`,
    ],
    ['fields', `logger.log({ password: 'canary-1', deep: { token: 'canary-1', authorization: 'canary-1' } }, 'Test')`],
    ['a private key', `logger.error('-----BEGIN PRIVATE KEY-----\\ncanary-1\\n-----END PRIVATE KEY-----')`],
    ['JSON in a text', `logger.warn('{"client_secret":"canary-1","api_key": "canary-1"}')`],
  ])('shows no secret of %s', (_what, code) => {
    const lines = logged(code);
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('canary-1');
  });

  it('keeps one line one line', () => {
    const lines = logged(`logger.log('a\\n{"level":60}\\u001b[2J\\u009b31m\\u2028b\\u202e')`);
    expect(lines).toHaveLength(1);
    // oxlint-disable-next-line no-control-regex
    expect(lines[0]).not.toMatch(/[\x00-\x1f\u007f-\u009f\u2028\u202e]/);
  });
});
