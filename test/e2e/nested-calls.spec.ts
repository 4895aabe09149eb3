import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AuditRecord } from '#audit/audit-record.js';
import type { JsonObject, ToolCall, ToolResult } from '#gateway/tools/tool.js';
import { AuthStage } from '../support/auth-stage.js';
import { Gateway } from '../support/boot-gateway.js';
import { eventually } from '../support/embedded-stage.js';
import { forge } from '../support/forge.js';
import { ModernClient } from '../support/modern-client.js';
import { aTool, hanging, sourceOf, text } from '../support/scripted-tools.js';
import { callTool } from '../support/tool-caller.js';

const LONG = { rows: Array.from({ length: 500 }, (_, id) => ({ id, name: `row ${id}` })) };

/** Calls the tool that its arguments name, and answers as it does. */
const calling = ({ callTool: inner, arguments: { tool, args = {} }, signal }: ToolCall) =>
  inner(tool as string, args as JsonObject, signal);

/** What the inner call was given. */
let seen: ToolCall | undefined;
let aborted = 0;

const TOOLS = [
  aTool('outer', { call: calling }),
  aTool('twice', {
    call: async ({ callTool: inner, signal }) => {
      const answers = [await inner('again', {}, signal), await inner('again', {}, signal)];
      return { content: [], structuredContent: answers.map((answer) => (answer as ToolResult).structuredContent) };
    },
  }),
  aTool('inner', {
    call: (call) => {
      seen = call;
      return Promise.resolve({ ...text('in'), structuredContent: call.arguments });
    },
  }),
  aTool('itself', {
    call: async ({ callTool: inner, arguments: args, signal }) => {
      const depth = (args['depth'] as number | undefined) ?? 0;
      const answer = await inner('itself', { depth: depth + 1 }, signal).catch((error: Error) => text(error.message));
      return { ...(answer as ToolResult), structuredContent: undefined };
    },
  }),
  aTool('gold', { tier: 'gold' }),
  aTool('theirs', { tenants: new Set(['other']) }),
  aTool('scoped', { scopes: ['sessions:write'] }),
  aTool('limited'),
  aTool('hanging', {
    call: (call) => {
      call.signal.addEventListener('abort', () => aborted++);
      return hanging(call);
    },
  }),
  aTool('hasty', { timeoutMs: 300, call: (call) => call.callTool('hanging', {}, call.signal) }),
  aTool('again', {
    economics: { spill: true, select: false, deduplicate: true },
    maxResultBytes: 64_000,
    call: () => Promise.resolve({ ...text(JSON.stringify(LONG)), structuredContent: LONG }),
  }),
];

let stage: AuthStage;
beforeAll(async () => {
  stage = await AuthStage.open({ RATE_LIMITS_FILE: 'test/fixtures/limited-tool.yaml' }, { sources: [sourceOf(TOOLS)] });
});
afterAll(() => stage[Symbol.asyncDispose]());

let requests = 0;
const newId = () => `nested-${++requests}`;
const headersOf = (id: string, claims = {}) => ({
  'x-request-id': id,
  authorization: `Bearer ${forge(stage.provider, { claims: { tier: 'silver', scope: 'tools:call', ...claims } })}`,
});

/** So many records of one request, in the order in which calls ended, and no more. */
const recordsOf = (id: string, count: number): Promise<AuditRecord[]> =>
  eventually(async () => {
    const log = await readFile(join(stage.gateway.folder, 'audit.jsonl'), 'utf8');
    const all = log.split('\n').slice(0, -1);
    const records = all.map((line) => JSON.parse(line) as AuditRecord).filter((record) => record.request_id === id);
    expect(records).toHaveLength(count);
    return records;
  });

const outer = (tool: string, { args = {}, id = newId(), claims = {}, headers = {} } = {}) =>
  callTool(stage.gateway, 'outer', { tool, args }, { headers: { ...headersOf(id, claims), ...headers } });

describe('a tool that calls another one', () => {
  it('gets its answer, with a record of each', async () => {
    const id = newId();
    const { status, body } = await outer('inner', { args: { a: 1 }, id });
    expect([status, body['structuredContent']]).toEqual([200, { a: 1 }]);
    const records = await recordsOf(id, 2);
    expect(records).toMatchObject([
      { event: 'tool.call', tool: 'inner', decision: 'granted', tenant: 'acme', sub: 'ada', input_sha256: null },
      { event: 'tool.call', tool: 'outer', decision: 'granted', input_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
    expect(records[0]!.trace_id).toBe(records[1]!.trace_id);
  });

  it('calls as whoever called it, who can be asked nothing', async () => {
    const client = new ModernClient(`${stage.gateway.url}/mcp`, headersOf(newId(), { sub: 'bob' }));
    await client.call('outer', { tool: 'inner' }, { capabilities: { elicitation: {}, sampling: {} } });
    expect(seen).toMatchObject({ caller: { subject: 'bob', tenant: 'acme' }, channel: { capabilities: {} }, depth: 1 });
  });

  it.each([
    ['there is not', 'nothing', {}, 404],
    ['of a higher tier', 'gold', {}, 404],
    ['of another tenant', 'theirs', {}, 404],
    ['of a scope that it has not', 'scoped', {}, 404],
    ['that it may see', 'gold', { tier: 'gold' }, 200],
    ['that its tenant may see', 'theirs', { tenant: 'other' }, 200],
    ['that its scopes show', 'scoped', { scope: 'tools:call sessions:write' }, 200],
  ])('may call what its caller may: one %s (%s)', async (_what, tool, claims, status) => {
    const id = newId();
    const answer = await outer(tool, { id, claims });
    expect(answer.status).toBe(status);
    if (status === 404) expect(answer.body).toMatchObject({ detail: `There is no tool named "${tool}".` });
    const [inner] = await recordsOf(id, 2);
    expect(inner).toMatchObject(
      status === 404 ? { tool: null, decision: 'refused', reason: 'ToolNotFound' } : { tool, decision: 'granted' },
    );
  });

  it("counts against the other tool's limit", async () => {
    expect((await outer('limited')).status).toBe(200);
    expect((await outer('limited')).status).toBe(429);
    expect((await callTool(stage.gateway, 'limited', {}, { headers: headersOf(newId()) })).status).toBe(429);
  });

  it('goes three calls deep', async () => {
    const id = newId();
    const { body } = await callTool(stage.gateway, 'itself', {}, { headers: headersOf(id) });
    expect(body['content']).toEqual([
      { type: 'text', text: 'itself was not called: a call may have at most 3 calls inside each other.' },
    ]);
    const records = await recordsOf(id, 5);
    expect(records.map(({ decision, reason }) => [decision, reason])).toEqual([
      ['refused', 'NestedTooDeepError'],
      ...Array<unknown>(4).fill(['granted', null]),
    ]);
  });

  it('takes it along when its client leaves', async () => {
    const id = newId();
    const leaving = new AbortController();
    const before = aborted;
    const args = { tool: 'hanging' };
    const call = callTool(stage.gateway, 'outer', args, { headers: headersOf(id), signal: leaving.signal });
    setTimeout(() => leaving.abort(), 200);
    await expect(call).rejects.toThrow();
    const records = await recordsOf(id, 2);
    expect(records.map(({ tool, decision }) => `${tool} ${decision}`).toSorted()).toEqual([
      'hanging cancelled',
      'outer cancelled',
    ]);
    expect(aborted).toBe(before + 1);
  });

  it('takes it along when its time is up', async () => {
    const id = newId();
    expect((await callTool(stage.gateway, 'hasty', {}, { headers: headersOf(id) })).status).toBe(504);
    const records = await recordsOf(id, 2);
    expect(records.map(({ tool, decision }) => `${tool} ${decision}`).toSorted()).toEqual([
      'hanging cancelled',
      'hasty timed_out',
    ]);
  });

  it('gets whole results, and leaves none for its agent to have seen', async () => {
    const headers = { ...headersOf(newId(), { sub: 'eve' }), 'achilles-session': 'nested' };
    const client = new ModernClient(`${stage.gateway.url}/mcp`, headers);
    const { result } = await client.call('twice');
    expect(result!['structuredContent']).toEqual([LONG, LONG]);
    const first = await client.call('again');
    expect(first.result!['structuredContent']).toEqual(LONG);
    // Now the agent has it: only agents are told by reference.
    await eventually(async () => {
      expect((await client.call('again')).result!['structuredContent']).toBeUndefined();
    });
    expect((await client.call('twice')).result!['structuredContent']).toEqual([LONG, LONG]);
  });

  it('leaves events of both in its session', async () => {
    const claims = { scope: 'tools:call signals:write' };
    await outer('inner', { claims, headers: { 'achilles-session': 'nested-events' } });
    const told = await eventually(async () => {
      const rows = await stage.gateway.database!.query<{ told: string }>(
        `select event_type || ' ' || (payload->>'tool') as told from events e join sessions s on s.id = e.session_id
         where s.external_session_key = 'nested-events' order by told`,
      );
      expect(rows).toHaveLength(4);
      return rows;
    });
    expect(told.map((row) => row.told)).toEqual([
      'tool_call inner',
      'tool_call outer',
      'tool_result inner',
      'tool_result outer',
    ]);
  });
});

it('calls inside calls count as requests do', async () => {
  await using gateway = await Gateway.boot({ RATE_LIMIT_RPM: 5 }, { sources: [sourceOf(TOOLS)] });
  expect((await callTool(gateway, 'outer', { tool: 'inner' })).status).toBe(200);
  expect((await callTool(gateway, 'outer', { tool: 'inner' })).status).toBe(200);
  expect((await callTool(gateway, 'outer', { tool: 'inner' })).body).toMatchObject({ status: 429 });
  expect((await callTool(gateway, 'inner')).status).toBe(429);
});

it('names inside calls are those of everything, whatever list the call came from', async () => {
  const virtual_servers = {
    one: {
      tools: [
        { tool: 'outer', as: 'shown' },
        { tool: 'gold', as: 'inner' },
      ],
    },
  };
  await using gateway = await Gateway.boot({}, { sources: [sourceOf(TOOLS)], upstreams: { virtual_servers } });
  const client = new ModernClient(`${gateway.url}/mcp/v/one`);
  const ask = async (tool: string) => (await client.call('shown', { tool, args: { b: 2 } })).result!;
  expect(await ask('inner')).toMatchObject({ structuredContent: { b: 2 } });
  expect(await ask('shown')).toBeUndefined();
});
