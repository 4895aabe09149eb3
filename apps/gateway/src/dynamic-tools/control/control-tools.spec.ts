import { describe, expect, it } from '@jest/globals';
import type { ConfigService } from '@nestjs/config';
import { Registry } from 'prom-client';
import type { Config } from '#config/env.js';
import type { Caller } from '#core/caller.js';
import type { AdministrativeChange, ChangeOrigin, ChangeRecords } from '#gateway/audit/change-records.service.js';
import { AdminToken } from '#gateway/auth/admin-token.service.js';
import { AuthMetrics } from '#gateway/auth/auth.metrics.js';
import { CallerTokens } from '#gateway/auth/caller-tokens.js';
import { SILENT } from '#gateway/tools/call-channel.js';
import type { JsonObject, Tool, ToolCall, ToolResult } from '#gateway/tools/tool.js';
import { DynamicToolsReadOnly } from '../dynamic-tools.errors.js';
import type { DynamicTools } from '../dynamic-tools.service.js';
import { RecordedTools } from '../recorded-tools.service.js';
import { ApproveToolTool } from './approve-tool.tool.js';
import { CreateToolTool } from './create-tool.tool.js';
import { DeleteToolTool } from './delete-tool.tool.js';
import { EnableToolTool } from './enable-tool.tool.js';
import { GetToolTool } from './get-tool.tool.js';
import { GrantToolTool } from './grant-tool.tool.js';
import { ListToolsTool } from './list-tools.tool.js';
import { PublishToolTool } from './publish-tool.tool.js';
import { ReadHistoryTool } from './read-history.tool.js';
import { RollbackToolTool } from './rollback-tool.tool.js';
import { UpdateToolTool } from './update-tool.tool.js';

const TOKEN = 'K7vQ2m9Xz4Lw8Rt1Yp6Ns3Jd5Hf0Gb7Ca';
const USER: Caller = {
  issuer: 'i',
  subject: 'ada',
  tenant: 'acme',
  tier: 'gold',
  scopes: new Set(['tools:call', 'tools:publish']),
};
const ADMIN: Caller = { ...USER, scopes: new Set(['tools:admin', 'tools:publish']) };

/** Remembers what it was asked, and answers with one tool; or refuses as it does where nothing may be changed. */
class Asked {
  readonly calls: unknown[][] = [];
  refuses = false;
  readonly service = new Proxy({} as DynamicTools, {
    get:
      (_target, method: string) =>
      async (caller: Caller, ...args: unknown[]) => {
        const reads = ['list', 'get', 'history'].includes(method);
        if (this.refuses && !reads) throw new DynamicToolsReadOnly();
        this.calls.push([method, caller.tenant, ...args]);
        if (method === 'list') return [{ name: 'abc' }];
        if (method === 'history') return [{ version: 1 }];
        return method === 'delete' ? 4 : { name: 'abc' };
      },
  });
}

function stage({ token }: { readonly token?: string } = { token: TOKEN }) {
  const config = { get: () => token } as unknown as ConfigService<Config, true>;
  const admin = new AdminToken(new CallerTokens(), new AuthMetrics(new Registry()), config);
  const asked = new Asked();
  const recorded: AdministrativeChange[] = [];
  const write = (_origin: ChangeOrigin, change: AdministrativeChange) => void recorded.push(change);
  const changing = new RecordedTools(asked.service, { write } as ChangeRecords);
  const changes = [
    ApproveToolTool,
    CreateToolTool,
    DeleteToolTool,
    EnableToolTool,
    GrantToolTool,
    PublishToolTool,
    RollbackToolTool,
    UpdateToolTool,
  ].map((type): Tool => new type(changing, admin));
  const reads = [GetToolTool, ListToolsTool, ReadHistoryTool].map((type): Tool => new type(asked.service, admin));
  const of = [...changes, ...reads];
  const tool = (name: string) => of.find(({ definition }) => definition.name === `dynamic.tool.${name}`)!;
  const call = (name: string, given: JsonObject, caller = ADMIN, secrets?: JsonObject) =>
    tool(name).call({
      tool: tool(name),
      caller,
      arguments: tool(name).check(given),
      secrets,
      signal: new AbortController().signal,
      deadline: 0,
      channel: SILENT,
      callTool: () => Promise.reject(new Error('not here')),
      origin: { id: 'r', traceId: 't', caller },
    } satisfies ToolCall) as Promise<ToolResult>;
  return { asked, recorded, of, tool, call };
}

const DRAFT = { name: 'text.uppercase', description: 'Capitals.', code: 'return 1' };
const ONE = { tool: { name: 'abc' } };

type Row = readonly [name: string, given: JsonObject, asked: unknown[], data: object, text: string];
const READS: readonly Row[] = [
  ['list', {}, ['list', 'acme', false], { tools: [{ name: 'abc' }] }, '{"tools":[{"name":"abc"}]}'],
  ['list', { includeCode: true }, ['list', 'acme', true], { tools: [{ name: 'abc' }] }, '{"tools":[{"name":"abc"}]}'],
  ['get', { name: 'abc' }, ['get', 'acme', 'abc'], ONE, '{"tool":{"name":"abc"}}'],
  [
    'history',
    { name: 'abc' },
    ['history', 'acme', 'abc'],
    { name: 'abc', versions: [{ version: 1 }] },
    '{"name":"abc"',
  ],
];
const at = { name: 'abc', expectedRevision: 3 };
const WRITES: readonly Row[] = [
  ['create', { tool: DRAFT }, ['create', 'acme', DRAFT], ONE, 'Created dynamic tool: abc'],
  [
    'update',
    { ...at, patch: { title: null } },
    ['update', 'acme', 'abc', { title: null }, 3],
    ONE,
    'Updated dynamic tool: abc',
  ],
  ['enable', { ...at, enabled: true }, ['enable', 'acme', 'abc', true, 3], ONE, 'Enabled dynamic tool: abc'],
  [
    'enable',
    { name: 'abc', enabled: false },
    ['enable', 'acme', 'abc', false, undefined],
    ONE,
    'Disabled dynamic tool: abc',
  ],
  ['delete', at, ['delete', 'acme', 'abc', 3], { deleted: true, name: 'abc' }, 'Deleted dynamic tool: abc'],
  ['rollback', { ...at, version: 2 }, ['rollback', 'acme', 'abc', 2, 3], ONE, 'Rolled back dynamic tool: abc'],
  ['approve', at, ['approve', 'acme', 'abc', 3], ONE, 'Approved dynamic tool: abc'],
  [
    'grant',
    { ...at, granted: true },
    ['grant', 'acme', 'abc', true, 3],
    ONE,
    'Granted the host functions of dynamic tool: abc',
  ],
  [
    'grant',
    { ...at, granted: false },
    ['grant', 'acme', 'abc', false, 3],
    ONE,
    'Took back the host functions of dynamic tool: abc',
  ],
  ['publish', { ...at, published: true }, ['publish', 'acme', 'abc', true, 3], ONE, 'Published dynamic tool: abc'],
];

describe('dynamic.tool.', () => {
  it.each([...READS, ...WRITES])('%s %j asks for what it says', async (name, given, asked, data, text) => {
    const { call, ...made } = stage();
    const { structuredContent, content } = await call(name, given);
    expect(made.asked.calls).toEqual([asked]);
    expect(structuredContent).toEqual(data);
    expect(content[0]!['text']).toEqual(expect.stringContaining(text));
  });

  it.each(WRITES)('%s %j is refused where nothing may be changed', async (name, given) => {
    const { call, asked, recorded } = stage();
    asked.refuses = true;
    await expect(call(name, given)).rejects.toMatchObject({ code: 'dynamic_tools_read_only', status: 403 });
    expect(recorded).toEqual([]);
  });

  it.each([...READS, ...WRITES].filter(([name]) => name !== 'publish'))(
    '%s %j is for administrators',
    async (name, given, _asked) => {
      const { call, asked } = stage();
      for (const secrets of [undefined, {}, { adminToken: 'x' }, { adminToken: null }, { adminToken: [TOKEN] }]) {
        await expect(call(name, given, USER, secrets)).rejects.toMatchObject({ code: 'admin_right_needed' });
      }
      expect(asked.calls).toEqual([]);
      await call(name, given, USER, { adminToken: TOKEN });
      expect(asked.calls).toHaveLength(1);
    },
  );

  it('takes no argument as the token where there is none', async () => {
    const { call } = stage({});
    for (const adminToken of [TOKEN, '', 'undefined']) {
      await expect(call('list', {}, USER, { adminToken })).rejects.toMatchObject({ code: 'admin_right_needed' });
    }
  });

  it('keeps the token out of what is checked, and has it published', () => {
    for (const { definition, secretArguments } of stage().of) {
      expect(secretArguments).toEqual(['adminToken']);
      expect(definition.inputSchema).toMatchObject({ properties: { adminToken: { type: 'string' } } });
    }
  });
});

describe('bad arguments', () => {
  it.each<[string, JsonObject, string]>([
    ['create', {}, 'tool is required'],
    ['create', { tool: 'text' }, 'tool must be object'],
    ['create', { tool: { ...DRAFT, name: '1a' } }, 'tool.name must match pattern'],
    ['create', { tool: { ...DRAFT, name: 'ab' } }, 'tool.name must match pattern'],
    ['create', { tool: { ...DRAFT, description: '' } }, 'tool.description must not have fewer than 1'],
    ['create', { tool: { ...DRAFT, description: 'x'.repeat(4_001) } }, 'tool.description must not have more than 4000'],
    ['create', { tool: { ...DRAFT, code: 'x'.repeat(200_001) } }, 'tool.code must not have more than 200000'],
    ['create', { tool: { ...DRAFT, timeoutMs: 999 } }, 'tool.timeoutMs must be >= 1000'],
    ['create', { tool: { ...DRAFT, engine: 'vm' } }, 'tool.engine must be one of wasm, docker'],
    [
      'create',
      { tool: { ...DRAFT, dependencies: [{ name: '../x', version: '1' }] } },
      'tool.dependencies.0.name must match',
    ],
    ['create', { tool: { ...DRAFT, other: 1 } }, 'other is not an argument'],
    ['create', { tool: DRAFT, tenant: 'other' }, 'tenant is not an argument'],
    ['get', {}, 'name is required'],
    ['get', { name: 7 }, 'name must be string'],
    ['update', { name: 'abc' }, 'patch is required'],
    ['update', { name: 'abc', patch: { name: 'other' } }, 'name is not an argument'],
    ['update', { name: 'abc', patch: {}, expectedRevision: 0 }, 'expectedRevision must be >= 1'],
    ['enable', { name: 'abc' }, 'enabled is required'],
    ['enable', { name: 'abc', enabled: 'yes' }, 'enabled must be boolean'],
    ['rollback', { name: 'abc', version: 1.5 }, 'version must be integer'],
    ['grant', { name: 'abc', granted: 1 }, 'granted must be boolean'],
    ['publish', { name: 'abc' }, 'published is required'],
    ['list', { includeCode: 'all' }, 'includeCode must be boolean'],
  ])('of %s, %j: %s', (name, given, words) => {
    expect(() => stage().tool(name).check(given)).toThrow(words);
  });
});
