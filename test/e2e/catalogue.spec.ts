import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Gateway } from '../support/boot-gateway.js';
import { eventually } from '../support/embedded-stage.js';
import type { Fault } from '../support/platform/backend-server.js';
import { Platform } from '../support/platform/platform.js';
import { ToolClient } from '../support/platform/tool-client.js';

interface Problem {
  readonly status: number;
  readonly error: string;
  readonly detail: string;
  readonly upstream_status?: number;
  readonly errors?: readonly { readonly field: string }[];
}

const stack = new AsyncDisposableStack();
let platform: Platform;
let gateway: Gateway;
let tools: ToolClient;
beforeAll(async () => {
  platform = stack.use(await Platform.start());
  gateway = stack.use(await Gateway.boot(platform.settings()));
  tools = ToolClient.of(gateway);
});
afterAll(() => stack.disposeAsync());
beforeEach(() => platform.reset());

const CODE = 'import os\n\ndef run(text):\n    if text:\n        eval(text)\n';

describe('the nine tools', () => {
  it('are offered', async () => {
    expect(await tools.names()).toEqual(
      expect.arrayContaining([
        'agent_execute',
        'code_analyze',
        'code_pattern_audit',
        'graph_query',
        'hybrid_search',
        'llm_complete',
        'run_agent_function',
        'run_discussion',
        'semantic_search',
      ]),
    );
  });

  it.each<[string, object, object, string]>([
    [
      'semantic_search',
      { query: 'authenticating callers' },
      { results: expect.arrayContaining([expect.objectContaining({ title: 'server.py: authenticate' })]) },
      '/v1/search',
    ],
    [
      'hybrid_search',
      { query: 'BM25', collection: 'textbooks', top_k: 1 },
      { results: [expect.objectContaining({ title: 'Information retrieval' })] },
      '/v1/search/hybrid',
    ],
    [
      'code_analyze',
      { code: CODE, analysis_type: 'dependencies' },
      { language: 'python', dependencies: { imports: ['os'] } },
      '/v1/analyze',
    ],
    [
      'code_pattern_audit',
      { code: CODE },
      { findings: [expect.objectContaining({ pattern: 'dynamic-code', line: 5 })] },
      '/v1/audit/patterns',
    ],
    [
      'graph_query',
      {
        cypher: 'MATCH (a:Module)-[:IMPORTS]->(b:Module {name: $name}) RETURN a.name AS name ORDER BY name LIMIT 5',
        parameters: { name: 'money' },
      },
      { columns: ['name'], rows: [['account'], ['transfer']] },
      '/v1/graph/query',
    ],
    [
      'llm_complete',
      { prompt: 'one two three four', max_tokens: 3 },
      { text: 'You said: one', finish_reason: 'length' },
      '/v1/completions',
    ],
    [
      'run_agent_function',
      { function_name: 'extract-keywords', input: { text: 'the ledger keeps the ledger' } },
      { output: ['ledger', 'keeps'] },
      '/v1/agent/function',
    ],
    [
      'run_discussion',
      { protocol_id: 'DEBATE', topic: 'retries' },
      { turns: expect.arrayContaining([expect.objectContaining({ role: 'judge' })]) },
      '/v1/agent/discussion',
    ],
    [
      'agent_execute',
      { task: 'explain journal replay', max_steps: 2 },
      { steps: [expect.anything(), expect.anything()], finished: false },
      '/v1/agent/execute',
    ],
  ])('%s does what it says', async (name, args, wanted, path) => {
    const { status, body } = await tools.call(name, { ...args });
    expect(body).toMatchObject({ structuredContent: wanted });
    expect(status).toBe(200);
    expect(body.content).toHaveLength(1);
    expect(JSON.parse(body.content[0]!.text)).toEqual(body.structuredContent);
    expect(platform.seen.map((seen) => `${seen.method} ${seen.path}`)).toEqual([`POST ${path}`]);
  });

  it('tell their backend for whom, by when, and by which request', async () => {
    await tools.call('semantic_search', { query: 'cafe\u0301\0' }, { 'x-request-id': 'the-request-1' });
    const [seen] = platform.search.seen;
    expect(JSON.parse(seen!.body)).toEqual({ query: 'café', collection: 'all', top_k: 10, threshold: 0.5 });
    expect(seen!.headers).toMatchObject({
      'content-type': 'application/json',
      'x-achilles-tenant': 'default',
      'x-achilles-subject': 'anonymous',
      'x-request-id': 'the-request-1',
      traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-/),
    });
    expect(Number(seen!.headers['x-request-timeout-ms'])).toBeGreaterThan(1_000);
    expect(Number(seen!.headers['x-request-timeout-ms'])).toBeLessThanOrEqual(10_000);
  });

  it('weigh words and meaning as they are told to', async () => {
    const ask = async (keyword_weight: number) => {
      const query = { query: 'authenticating', semantic_weight: 1 - keyword_weight, keyword_weight };
      return (await tools.call('hybrid_search', query)).body.structuredContent!['total'] as number;
    };
    // No passage holds the word itself.
    expect(await ask(1)).toBe(0);
    expect(await ask(0)).toBeGreaterThan(0);
  });
});

describe('refused before any backend is asked', () => {
  it.each<[string, object, string, string]>([
    ['semantic_search', {}, 'ValidationError', 'query'],
    ['semantic_search', { query: '' }, 'ValidationError', 'query'],
    ['semantic_search', { query: '\0' }, 'ValidationError', 'query'],
    ['semantic_search', { query: 'x', top_k: 101 }, 'ValidationError', 'top_k'],
    ['semantic_search', { query: 'x', top_k: '5' }, 'ValidationError', 'top_k'],
    ['semantic_search', { query: 'x', page: 2 }, 'ValidationError', 'page'],
    ['graph_query', { cypher: 'CREATE (n) RETURN n' }, 'CypherValidationError', 'cypher'],
    ['graph_query', { cypher: 'MATCH (n) DETACH\0 DELETE n' }, 'CypherValidationError', 'cypher'],
  ])('%s %j', async (name, args, error, field) => {
    const { status, body } = await tools.call<Problem>(name, { ...args });
    expect(body).toMatchObject({ status: 422, error, errors: [expect.objectContaining({ field })] });
    expect(status).toBe(422);
    expect(platform.seen).toEqual([]);
  });

  it('names every field that is wrong, and none of their values', async () => {
    const { body } = await tools.call<Problem>('semantic_search', {
      query: 'sesame',
      top_k: 0,
      threshold: 2,
      secret: 1,
    });
    expect(body.errors!.map(({ field }) => field).sort()).toEqual(['secret', 'threshold', 'top_k']);
    expect(body.detail).toContain('top_k must be ≥ 1');
    expect(JSON.stringify(body)).not.toContain('sesame');
  });
});

const SECRET = 'password=hunter2-in-the-body';

describe('what a backend can do wrong', () => {
  it.each<[string, Fault, number, Partial<Problem>]>([
    [
      'a 400',
      { kind: 'status', status: 400, body: SECRET },
      502,
      { error: 'UpstreamResponseError', upstream_status: 400 },
    ],
    [
      'a 404',
      { kind: 'status', status: 404, body: SECRET },
      502,
      { error: 'UpstreamResponseError', upstream_status: 404 },
    ],
    [
      'a 500',
      { kind: 'status', status: 500, body: SECRET },
      502,
      { error: 'UpstreamResponseError', upstream_status: 500 },
    ],
    ['no JSON', { kind: 'text', body: `<html>${SECRET}` }, 502, { error: 'UpstreamResponseError' }],
    ['half of its JSON', { kind: 'text', body: `{"a":"${SECRET}` }, 502, { error: 'UpstreamResponseError' }],
    ['nothing', { kind: 'text', body: '' }, 502, { error: 'UpstreamResponseError' }],
    ['20 MB', { kind: 'huge', bytes: 20_000_000 }, 502, { error: 'UpstreamResponseError' }],
    ['lines without a result', { kind: 'lines', lines: ['{"progress":1}'] }, 502, { error: 'UpstreamResponseError' }],
    ['a cut connection', { kind: 'cut' }, 503, { error: 'BackendUnavailableError' }],
    ['half an answer', { kind: 'cut', middle: true }, 503, { error: 'BackendUnavailableError' }],
  ])('%s', async (_what, fault, status, problem) => {
    platform.agents.failNext(fault);
    const answer = await tools.call<Problem>('run_agent_function', { function_name: 'echo' });
    expect(answer.body).toMatchObject({ ...problem, status });
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).not.toMatch(/hunter2|127\.0\.0\.1|ECONN|UND_ERR|undici/);
    // It is called again: the breaker counts failures in a row.
    expect((await tools.call('run_agent_function', { function_name: 'echo' })).status).toBe(200);
  });

  it('a redirect is not followed', async () => {
    platform.agents.failNext({ kind: 'redirect', to: `${platform.search.url}/v1/search` });
    const { body } = await tools.call<Problem>('run_agent_function', { function_name: 'echo' });
    expect(body).toMatchObject({ error: 'UpstreamResponseError', upstream_status: 302 });
    expect(platform.search.seen).toEqual([]);
  });

  it('a 503 with Retry-After is passed on as such', async () => {
    platform.agents.failNext({ kind: 'status', status: 503, headers: { 'retry-after': '7' } });
    const { headers, body } = await tools.call<Problem>('run_agent_function', { function_name: 'echo' });
    expect(body).toMatchObject({ upstream_status: 503 });
    expect(headers.get('retry-after')).toBe('7');
  });

  it('an answer that breaks its outputSchema is none', async () => {
    platform.model.failNext({ kind: 'text', body: '{"text":5}' });
    const { body } = await tools.call<Problem>('llm_complete', { prompt: 'x' });
    expect(body).toMatchObject({ status: 502, error: 'UpstreamResponseError' });
  });

  it('an answer that is too large is cut, and said to be', async () => {
    platform.search.failNext({ kind: 'huge', bytes: 1_000_000 });
    const { status, body } = await tools.call('semantic_search', { query: 'x' });
    expect(status).toBe(200);
    expect(JSON.stringify(body).length).toBeLessThan(300_000);
  });

  it('being away', async () => {
    const gone = await Platform.start();
    const settings = gone.settings();
    await gone[Symbol.asyncDispose]();
    await using alone = await Gateway.boot(settings);
    const { status, body } = await ToolClient.of(alone).call<Problem>('llm_complete', { prompt: 'x' });
    expect([status, body.error]).toEqual([503, 'BackendUnavailableError']);
  });

  it.each<[string, Fault]>([
    ['at all', { kind: 'hang' }],
    ['beyond its head', { kind: 'hang', headers: true }],
    ['soon enough', { kind: 'slow', ms: 60_000 }],
  ])('not answering %s', async (_what, fault) => {
    const file = join(gateway.folder, 'hasty.yaml');
    const hasty = (await readFile('config/tools.yaml', 'utf8')).replace('timeout_seconds: 600', 'timeout_seconds: 0.5');
    await writeFile(file, hasty);
    await using alone = await Gateway.boot({ ...platform.settings(), TOOLS_FILE: file });
    platform.agents.fail(fault);
    const { status, body } = await ToolClient.of(alone).call<Problem>('agent_execute', { task: 'wait' });
    expect([status, body.error, body.detail]).toEqual([
      504,
      'ToolTimeoutError',
      'agent_execute did not answer within 0.5 seconds.',
    ]);
    const [seen] = platform.agents.seen;
    expect(Number(seen!.headers['x-request-timeout-ms'])).toBeLessThanOrEqual(500);
    await eventually(() => expect(seen!.left).toBe(true));
  });

  it('never answering a client that leaves', async () => {
    const { agents } = platform;
    agents.failNext({ kind: 'hang' });
    const leaving = new AbortController();
    const url = `${gateway.url}/v1/tools/agent_execute/call`;
    const call = fetch(url, {
      method: 'POST',
      body: JSON.stringify({ arguments: { task: 'wait' } }),
      headers: { 'content-type': 'application/json' },
      signal: leaving.signal,
    });
    await eventually(() => expect(agents.seen).toHaveLength(1));
    leaving.abort();
    await expect(call).rejects.toThrow();
    await eventually(() => expect(agents.seen[0]!.left).toBe(true));
  });
});
