import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AuditRecord } from '#audit/audit-record.js';
import type { ToolAnswer } from '#gateway/tools/tool.js';
import { BackendUnavailable, InvalidCypher, InvalidPath, UpstreamResponse } from '#gateway/tools/tools.errors.js';
import { Api } from '../support/api.js';
import { AuthStage } from '../support/auth-stage.js';
import { eventually } from '../support/embedded-stage.js';
import { forge } from '../support/forge.js';
import { aTool, hanging, sourceOf, text } from '../support/scripted-tools.js';
import { callTool } from '../support/tool-caller.js';

const failing = (error: Error) => () => Promise.reject(error);
const refusing = (error: Error) => () => {
  throw error;
};
const answering = (answer: ToolAnswer) => () => Promise.resolve(answer);

const TOOLS = [
  aTool('good', { upstream: 'far' }),
  aTool('gold', { tier: 'gold' }),
  aTool('sorry', { call: answering({ ...text('no'), isError: true }) }),
  aTool('hiding', { call: answering(text('a\u202eb')) }),
  aTool('asking', { call: answering({ resultType: 'input_required', requestState: 's' }) }),
  aTool('shapeless', { call: answering({} as ToolAnswer) }),
  aTool('cypher', { check: refusing(new InvalidCypher('cypher', 'DELETE is a write')) }),
  aTool('path', { check: refusing(new InvalidPath('file', 'it leaves its root')) }),
  aTool('away', { call: failing(new BackendUnavailable('far')) }),
  aTool('broken', { call: failing(new UpstreamResponse('far', 500)) }),
  aTool('faulty', { call: failing(new TypeError('secret of ours')) }),
  aTool('slow', { timeoutMs: 50, call: hanging }),
  aTool('left', { call: hanging }),
  aTool('limited'),
  aTool('narrow', { concurrency: 1, call: hanging, timeoutMs: 1_000 }),
  aTool('open'),
];

let stage: AuthStage;
beforeAll(async () => {
  stage = await AuthStage.open({ RATE_LIMITS_FILE: 'test/fixtures/limited-tool.yaml' }, { sources: [sourceOf(TOOLS)] });
});
afterAll(() => stage[Symbol.asyncDispose]());

/** The records of one request, once there is one, and time for another to come after it. */
async function recordsOf(id: string): Promise<AuditRecord[]> {
  const find = async () => {
    const log = await readFile(join(stage.gateway.folder, 'audit.jsonl'), 'utf8');
    const records = log.split('\n').slice(0, -1);
    return records.map((line) => JSON.parse(line) as AuditRecord).filter((record) => record.request_id === id);
  };
  await eventually(async () => expect(await find()).not.toEqual([]));
  await new Promise((resolve) => setTimeout(resolve, 50));
  return find();
}

let requests = 0;
const newId = () => `tools-audit-${++requests}`;
const headersOf = (id: string, claims = {}) => ({
  'x-request-id': id,
  authorization: `Bearer ${forge(stage.provider, { claims: { tier: 'silver', ...claims } })}`,
});

async function recordsOfCall(name: string, args?: unknown, claims = {}): Promise<AuditRecord[]> {
  const id = newId();
  await callTool(stage.gateway, name, args, { headers: headersOf(id, claims) });
  return recordsOf(id);
}

describe('a call leaves one record', () => {
  it.each<[string, Partial<AuditRecord>]>([
    ['good', { tool: 'good', upstream: 'far', decision: 'granted', reason: null, status: 200 }],
    ['asking', { tool: 'asking', decision: 'granted', reason: null }],
    ['sorry', { tool: 'sorry', decision: 'failed', reason: 'ToolError', status: 200 }],
    ['hiding', { tool: 'hiding', decision: 'granted', security_flags: ['hidden_text_removed'] }],
    ['nothing', { tool: null, upstream: null, decision: 'refused', reason: 'ToolNotFound', status: 404 }],
    ['gold', { tool: null, upstream: null, decision: 'refused', reason: 'ToolNotFound', status: 404 }],
    ['cypher', { decision: 'refused', reason: 'CypherValidationError', security_flags: ['injection_attempt'] }],
    ['path', { decision: 'refused', reason: 'PathValidationError', security_flags: ['injection_attempt'] }],
    ['away', { decision: 'failed', reason: 'BackendUnavailableError', status: 503 }],
    ['broken', { decision: 'failed', reason: 'UpstreamResponseError', status: 502 }],
    ['shapeless', { decision: 'failed', reason: 'UpstreamResponseError', status: 502 }],
    ['faulty', { decision: 'failed', reason: 'internal_error', status: 500 }],
    ['slow', { decision: 'timed_out', reason: 'ToolTimeoutError', status: 504 }],
  ])('%s: %j', async (name, expected) => {
    const records = await recordsOfCall(name, { query: 'secret question' });
    expect(records).toEqual([
      expect.objectContaining({ event: 'tool.call', tenant: 'acme', sub: 'ada', security_flags: [], ...expected }),
    ]);
    expect(JSON.stringify(records)).not.toContain('secret');
  });

  it('with what it asked with, what it was answered, and how long that took', async () => {
    const [record] = await recordsOfCall('good', { a: 1 });
    expect(record).toMatchObject({
      input_sha256: createHash('sha256').update('{"arguments":{"a":1}}').digest('hex'),
      output_bytes: JSON.stringify(text('done')).length,
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(record!.latency_ms).toBeGreaterThan(0);
  });

  it('with arguments that are none', async () => {
    expect(await recordsOfCall('good', [])).toMatchObject([{ decision: 'refused', reason: 'ValidationError' }]);
  });

  it('with what was odd about its caller', async () => {
    expect(await recordsOfCall('good', {}, { tier: 'platinum' })).toMatchObject([
      { decision: 'granted', security_flags: ['unknown_tier'] },
    ]);
  });

  it('where its tool is called too often', async () => {
    expect(await recordsOfCall('limited')).toMatchObject([{ decision: 'granted' }]);
    expect(await recordsOfCall('limited')).toMatchObject([
      { tool: 'limited', decision: 'limited', reason: 'RateLimitError', status: 429, security_flags: ['rate_limited'] },
    ]);
  });

  it('where too many run', async () => {
    const all = await Promise.all(Array.from({ length: 6 }, () => recordsOfCall('narrow')));
    const reasons = all.flatMap((records) => records.map(({ decision, reason }) => `${decision} ${reason}`));
    expect(reasons.toSorted()).toEqual([
      'limited GuardRejectionError',
      ...Array<string>(5).fill('timed_out ToolTimeoutError'),
    ]);
  });

  it('where its client leaves', async () => {
    const id = newId();
    const leaving = new AbortController();
    const call = callTool(stage.gateway, 'left', {}, { headers: headersOf(id), signal: leaving.signal });
    setTimeout(() => leaving.abort(), 200);
    await expect(call).rejects.toThrow();
    expect(await recordsOf(id)).toMatchObject([
      { event: 'tool.call', decision: 'cancelled', reason: 'CallCancelledError' },
    ]);
  });
});

describe('what is no call leaves the record of its request', () => {
  it.each([
    ['POST', '/v1/tools/good/call', '{"name":1}', { tool: 'callTool', status: 422 }],
    ['POST', '/v1/tools/good/call', '{', { tool: 'callTool', status: 400 }],
    ['GET', '/v1/tools', undefined, { tool: 'listTools', status: 200 }],
    ['GET', '/v1/tools/good', undefined, { tool: 'readTool', status: 200 }],
  ])('%s %s %s', async (method, path, body, expected) => {
    const id = newId();
    await new Api(stage.gateway.url, headersOf(id)).call(method, path, body);
    expect(await recordsOf(id)).toMatchObject([{ event: 'http.request', ...expected }]);
  });
});

describe('a command to a breaker leaves one record', () => {
  const scope = 'breakers:read breakers:write';
  const command = async (path: string, claims = {}) => {
    const id = newId();
    await new Api(stage.gateway.url, headersOf(id, claims)).call(
      'POST',
      `/admin/breakers/upstream-of-open:open/${path}`,
    );
    return recordsOf(id);
  };

  it.each([
    ['open', 'breaker.open'],
    ['close', 'breaker.close'],
    ['auto', 'breaker.auto'],
  ])('%s', async (word, event) => {
    expect(await command(word, { scope })).toMatchObject([
      { event, tool: 'open', upstream: 'upstream-of-open', decision: 'granted', tenant: 'acme', sub: 'ada' },
    ]);
  });

  it('and a breaker that is open one of the call that was not made', async () => {
    await command('open', { scope });
    expect(await recordsOfCall('open')).toMatchObject([
      { decision: 'failed', reason: 'CircuitOpenError', status: 503 },
    ]);
  });

  it('also when it is refused', async () => {
    expect(await command('open', { scope: 'breakers:read' })).toMatchObject([
      { event: 'http.auth', tool: 'openBreaker', decision: 'refused', reason: 'scope_missing' },
    ]);
  });
});
