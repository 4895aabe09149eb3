import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readKeyFile } from '#audit/audit-key.js';
import type { AuditRecord } from '#audit/audit-record.js';
import { verify } from '#audit/verify.js';
import { API_BASE } from '#gateway/http/base-path.js';
import { Gateway } from '../support/boot-gateway.js';
import { aSession } from '../support/builders.js';
import { eventually } from '../support/embedded-stage.js';
import { FakeCore } from '../support/fake-core.js';
import { needProgram } from '../support/programs.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const fileOf = (gateway: Gateway) => join(gateway.folder, 'audit.jsonl');

async function recordsOf(gateway: Gateway): Promise<AuditRecord[]> {
  const text = await readFile(fileOf(gateway), 'utf8');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as AuditRecord);
}

/** The records of a request, once there is one, and time for another to come after it. */
async function recordsFor(gateway: Gateway, id: string): Promise<AuditRecord[]> {
  const find = async () => (await recordsOf(gateway)).filter((record) => record.request_id === id);
  await eventually(async () => expect(await find()).not.toEqual([]));
  await new Promise((resolve) => setTimeout(resolve, 50));
  return find();
}

let gateway: Gateway;
beforeAll(async () => {
  gateway = await Gateway.boot({ MAX_BODY_BYTES: 20_000, REQUEST_TIMEOUT_SECONDS: 1, HEADERS_TIMEOUT_SECONDS: 1 });
});
afterAll(() => gateway[Symbol.asyncDispose]());

describe('every call leaves one record', () => {
  const session = JSON.stringify(aSession());
  const nowhere = '/sessions/019a0000-0000-7000-8000-000000000000';
  it.each<[string, readonly [string, string, string?], Partial<AuditRecord>]>([
    [
      'granted',
      ['POST', '/sessions', session],
      {
        decision: 'granted',
        status: 201,
        tool: 'createSession',
        reason: null,
        input_sha256: sha256(session),
        output_bytes: expect.any(Number) as unknown as number,
      },
    ],
    [
      'granted, with a question',
      ['GET', '/sessions?limit=1'],
      { decision: 'granted', status: 200, tool: 'listSessions', input_sha256: sha256('limit=1') },
    ],
    [
      'not there',
      ['GET', nowhere],
      { decision: 'failed', status: 404, reason: 'session_not_found', input_sha256: null },
    ],
    ['invalid', ['POST', '/sessions', '{}'], { decision: 'failed', status: 422, reason: 'validation_failed' }],
    ['no JSON', ['POST', '/sessions', '{'], { decision: 'failed', status: 400, input_sha256: sha256('{') }],
    [
      'too large',
      ['POST', '/sessions', JSON.stringify({ a: 'x'.repeat(20_000) })],
      { decision: 'failed', status: 413, security_flags: ['oversized_body'], input_sha256: null },
    ],
    [
      'too deep',
      ['POST', '/sessions', '['.repeat(5_000)],
      { decision: 'failed', status: 400, reason: 'body_too_deep', security_flags: ['malicious_body'] },
    ],
    ['at no route', ['GET', '/nowhere'], { decision: 'failed', status: 404, tool: null, reason: 'route_not_found' }],
    ['with no method', ['DELETE', '/sessions'], { decision: 'failed', status: 404, tool: null }],
  ])('%s', async (what, [method, path, body], expected) => {
    const id = `one-${what.replaceAll(/\W/g, '-')}`;
    await gateway.api.call(method, path, body, { 'x-request-id': id });
    const records = await recordsFor(gateway, id);
    expect(records).toEqual([expect.objectContaining({ event: 'http.request', tenant: 'default', ...expected })]);
    expect(records[0]).toMatchObject({ upstream: null, sub: 'anonymous', client_id: null });
    expect(records[0]!.latency_ms).toBeGreaterThan(0);
    expect(records[0]!.trace_id).toMatch(/^[0-9a-f]{32}$/);
    expect(Object.keys(records[0]!).join(' ')).toBe(
      'ts seq request_id event tenant sub client_id tool upstream decision reason status latency_ms input_sha256 output_bytes security_flags trace_id prev hash',
    );
  });

  it('refused', async () => {
    const headers = { authorization: 'Bearer ams_bm90LWEtdG9rZW4', 'x-request-id': 'refused-1' };
    expect((await gateway.api.get('/sessions', headers)).status).toBe(401);
    expect(await recordsFor(gateway, 'refused-1')).toMatchObject([
      {
        event: 'http.auth',
        decision: 'refused',
        status: 401,
        tool: 'listSessions',
        tenant: null,
        sub: null,
        reason: 'session_token_refused',
        security_flags: ['invalid_token'],
      },
    ]);
  });

  it('limited', async () => {
    await using strict = await Gateway.boot({ RATE_LIMIT_RPM: 1 });
    await strict.api.get('/sessions');
    expect((await strict.api.get('/sessions', { 'x-request-id': 'limited-1' })).status).toBe(429);
    expect(await recordsFor(strict, 'limited-1')).toMatchObject([{ decision: 'limited', status: 429 }]);
  });

  it.each<[string, Partial<AuditRecord>, (socket: Socket) => void]>([
    ['is broken off', { decision: 'cancelled', status: null, reason: null }, (socket) => socket.resetAndDestroy()],
    ['ends early', { decision: 'failed', status: 400, reason: 'request_incomplete' }, (socket) => socket.end()],
    ['does not come', { decision: 'timed_out', status: 408, reason: 'request_timeout' }, () => undefined],
  ])('a body that %s', async (what, expected, act) => {
    const { hostname, port } = new URL(gateway.url);
    const socket = connect(Number(port), hostname).on('error', () => undefined);
    const id = `slow-${what.replaceAll(' ', '-')}`;
    socket.write(
      `POST /${API_BASE}/sessions HTTP/1.1\r\nhost: localhost\r\nx-request-id: ${id}\r\n` +
        'content-type: application/json\r\ncontent-length: 100\r\n\r\n{',
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    act(socket);
    const records = await recordsFor(gateway, id);
    socket.destroy();
    expect(records).toEqual([expect.objectContaining({ tool: 'createSession', ...expected })]);
  });

  it('cancelled: a caller who does not wait for the answer', async () => {
    await using core = await FakeCore.start();
    await using remote = await Gateway.boot({ ...core.settings(), HTTP_TIMEOUT_SECONDS: 5 });
    core.failNext({ kind: 'slow', ms: 1_000 });
    const signal = AbortSignal.timeout(100);
    const headers = { 'x-request-id': 'left-1' };
    await expect(fetch(`${remote.api.base}/sessions`, { signal, headers })).rejects.toThrow('timeout');
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(await recordsFor(remote, 'left-1')).toMatchObject([
      { event: 'http.request', decision: 'cancelled', status: null, output_bytes: null, tool: 'listSessions' },
    ]);
  });

  it('fifty at a time, each once', async () => {
    const ids = Array.from({ length: 200 }, (_, i) => `many-${i}`);
    await Promise.all(ids.map((id) => gateway.api.get('/sessions', { 'x-request-id': id })));
    await recordsFor(gateway, ids.at(-1)!);
    const found = (await recordsOf(gateway)).map((record) => record.request_id).filter((id) => id?.startsWith('many-'));
    expect(found).toHaveLength(ids.length);
    expect(new Set(found)).toEqual(new Set(ids));
  });
});

it('leaves health, metrics and the pages of the documentation out', async () => {
  for (const path of ['/livez', '/readyz', `/${API_BASE}/health`, '/docs', '/docs/openapi.json', '/docs/view.js']) {
    const { status } = await fetch(gateway.url + path, {
      headers: { 'x-request-id': `quiet${path.replaceAll('/', '-')}` },
    });
    expect([path, status]).toEqual([path, 200]);
  }
  await gateway.api.get('/sessions', { 'x-request-id': 'after-quiet' });
  await recordsFor(gateway, 'after-quiet');
  expect(await readFile(fileOf(gateway), 'utf8')).not.toContain('quiet-');
});

/** Made up, each of the shape that its issuer gives it. Put together here so that no scanner takes them for real. */
const SECRETS: readonly string[] = [
  `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.${'c4nary'.repeat(7)}`,
  `ams_${'c4naryc4nary'.repeat(3)}`,
  `AKIA${'C4NARY22'.repeat(2)}`,
  `AIza${'c4naryc4nary-_'.repeat(2)}12345`,
  `ghp_${'c4nary'.repeat(6)}`,
  `github_pat_${'c4nary'.repeat(6)}`,
  `xoxb-${'c4nary-1234-'.repeat(2)}`,
  `sk-ant-${'c4nary'.repeat(6)}`,
  `sk_live_${'c4nary'.repeat(4)}`,
  `password=c4naryHunter2`,
  `https://user:c4naryHunter2@db.example`,
];

describe('no secret reaches the file', () => {
  it.each(SECRETS)('%s', async (secret) => {
    const plain = encodeURIComponent(secret);
    const body = JSON.stringify({ ...aSession(), user_id: secret, workspace_id: secret, [secret]: secret });
    const headers: Record<string, string> = {
      'user-agent': secret,
      cookie: `session=${plain}`,
      referer: `https://a.example/?key=${plain}`,
      'x-forwarded-for': secret,
      'x-request-id': secret,
      'x-api-key': secret,
      traceparent: secret,
      tracestate: `a=${plain}`,
    };
    const sent = [
      gateway.api.call('POST', `/sessions?token=${plain}`, body, headers),
      gateway.api.call('POST', '/sessions', body, { ...headers, authorization: `Bearer ${secret}` }),
      gateway.api.call('POST', '/sessions', body, { ...headers, authorization: `Basic ${btoa(secret)}` }),
      gateway.api.get(`/sessions/${plain}?workspace_id=${plain}`, headers),
      gateway.api.get(`/nowhere/${plain}`, headers),
      gateway.api.call(plain.replaceAll(/[^A-Z]/gi, '') || 'X', '/sessions', undefined, headers).catch(() => undefined),
    ];
    await Promise.all(sent);
    await gateway.api.get('/sessions', { 'x-request-id': `after-${sha256(secret).slice(0, 8)}` });
    await recordsFor(gateway, `after-${sha256(secret).slice(0, 8)}`);
    const text = await readFile(fileOf(gateway), 'utf8');
    for (const form of [secret, plain, btoa(secret), btoa(secret).slice(0, 20), 'c4nary', 'C4NARY']) {
      expect(text).not.toContain(form);
    }
  });
});

it('can be proven with the key that the gateway made for itself', async () => {
  const verdict = await verify(fileOf(gateway), readKeyFile(join(gateway.folder, 'audit.key')));
  expect(verdict).toMatchObject({ fault: undefined, files: 1, news: [] });
  expect(verdict.records).toBeGreaterThan(200);
});

describe("the runbook's one-liners", () => {
  const sh = async (script: string) => {
    needProgram('python3');
    const env = { PATH: process.env['PATH'] };
    return (await promisify(execFile)('bash', ['-c', script.replaceAll('logs/audit.jsonl', fileOf(gateway))], { env }))
      .stdout;
  };

  it('count requests by tool', async () => {
    const out = await sh(`cat logs/audit.jsonl | python3 -c "
import json, sys, collections
tools = collections.Counter()
for line in sys.stdin:
    entry = json.loads(line)
    tools[entry.get('tool', 'unknown')] += 1
for tool, count in tools.most_common():
    print(f'  {tool}: {count}')
"`);
    expect(out).toMatch(/^ {2}listSessions: \d{3}$/m);
    expect(out).toMatch(/^ {2}createSession: \d+$/m);
  });

  it('find slow requests', async () => {
    const out = await sh(`cat logs/audit.jsonl | python3 -c "
import json, sys
for line in sys.stdin:
    entry = json.loads(line)
    if entry.get('latency_ms', 0) > 1000:
        print(f\\"{entry['tool']}: {entry['latency_ms']:.0f}ms ({entry['request_id']})\\")
"`);
    expect(out).toMatch(/^createSession: \d{4,5}ms \(slow-does-not-come\)$/m);
  });

  it('show security events', async () => {
    const out = await sh(`grep "security_flags" logs/audit.jsonl | python3 -c "
import json, sys
for line in sys.stdin:
    e = json.loads(line)
    if e.get('security_flags'):
        print(json.dumps(e, indent=2))
"`);
    expect(out).toContain('"malicious_body"');
    expect(out).not.toContain('"security_flags": []');
  });

  it('search by request id', async () => {
    const out = await sh(`grep "one-granted\\"" logs/audit.jsonl | python3 -m json.tool`);
    expect(JSON.parse(out)).toMatchObject({ request_id: 'one-granted' });
  });

  it('show the last entries: one as the runbook has it, ten with --json-lines, which any JSON Lines file needs', async () => {
    expect(JSON.parse(await sh('tail -1 logs/audit.jsonl | python3 -m json.tool'))).toMatchObject({
      event: 'http.request',
    });
    await expect(sh('tail -10 logs/audit.jsonl | python3 -m json.tool')).rejects.toThrow('Extra data');
    await expect(sh(`printf '1\\n2\\n' | python3 -m json.tool`)).rejects.toThrow('Extra data');
    expect((await sh('tail -10 logs/audit.jsonl | python3 -m json.tool --json-lines')).match(/^\{$/gm)).toHaveLength(
      10,
    );
  });
});
