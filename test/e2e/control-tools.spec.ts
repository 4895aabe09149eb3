import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RunGuard } from '#gateway/dynamic-tools/running/run-guard.js';
import { ToolDirectory } from '#gateway/tools/tool-directory.js';
import { Gateway } from '../support/boot-gateway.js';
import { officialClient } from '../support/official-clients.js';
import { ToolClient } from '../support/tool-client.js';

const SECRET = 'K7vQ2m9Xz4Lw8Rt1Yp6Ns3Jd5Hf0Gb7Ca';

let gateway: Gateway;
let a: ToolClient;
let b: ToolClient;
beforeAll(async () => {
  gateway = await Gateway.boot({
    MCP_PROFILE: 'enterprise',
    MCP_ADMIN_TOKEN: SECRET,
    MCP_TOOL_MAX_CONCURRENCY: 1,
    MCP_TOOL_MAX_CALLS_PER_WINDOW: 4,
  });
  a = new ToolClient(gateway);
  b = a.as({ tenant: 'tenant-b' });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const source = (of = gateway) => of.app.get(ToolDirectory).sources.find(({ name }) => name === 'dynamic-control')!;

const MVP = [
  ...['approve', 'create', 'delete', 'enable', 'get', 'grant', 'history', 'list', 'publish', 'rollback', 'update'].map(
    (verb) => `dynamic.tool.${verb}`,
  ),
  'dev.echo',
  'run_js_ephemeral',
  'system.health',
  'time.now',
];
const ENTERPRISE = [
  'sandbox.exec',
  'sandbox.initialize',
  'sandbox.run_js',
  'sandbox.session.list',
  'sandbox.stop',
  'system.guard_metrics',
  'system.runtime_config',
];

const namesOf = (of: Gateway) =>
  source(of)
    .tools()
    .map(({ definition }) => definition.name)
    .sort();

describe('the profile', () => {
  it('enterprise has everything', () => {
    expect(namesOf(gateway)).toEqual([...MVP, ...ENTERPRISE].sort());
    expect(source().resources).toBeDefined();
  });

  it('mvp has no sessions, no figures, no resources and no prompt', async () => {
    await using plain = await Gateway.boot();
    expect(namesOf(plain)).toEqual([...MVP].sort());
    expect([source(plain).resources, source(plain).prompts]).toEqual([undefined, undefined]);
    const admin = new ToolClient(plain);
    expect(admin.as({ scopes: new Set(['tools:call']) }).tools()).not.toContain('dynamic.tool.list');
    expect(admin.as({ scopes: new Set(['tools:admin']) }).tools()).toContain('dynamic.tool.list');
  });
});

describe('who sees what', () => {
  const seen = (...scopes: string[]) => a.as({ scopes: new Set(scopes), tier: 'bronze' }).tools();

  it.each([
    ['tools:call', 'system.health', ['tools:run', 'tools:admin']],
    ['tools:run', 'run_js_ephemeral', ['tools:call', 'tools:admin']],
    ['tools:run', 'sandbox.exec', ['tools:call', 'tools:admin']],
    ['tools:publish', 'dynamic.tool.publish', ['tools:call', 'tools:admin']],
    ['tools:admin', 'system.runtime_config', ['tools:call', 'tools:run']],
  ])('with %s alone %s is there', (scope, tool, others) => {
    expect(seen(scope)).toContain(tool);
    expect(seen(...others)).not.toContain(tool);
  });

  it('with either scope the tools that make tools are there, where there is a token to show', () => {
    expect(seen('tools:call')).toContain('dynamic.tool.create');
    expect(seen('tools:admin')).toContain('dynamic.tool.create');
    expect(seen('tools:run')).not.toContain('dynamic.tool.create');
  });
});

describe('the small ones', () => {
  it('answer', async () => {
    expect(await a.call('system.health')).toEqual({
      status: 'ok',
      service: 'achilles-gateway',
      version: expect.stringMatching(/^\d+\.\d+/) as unknown,
      uptimeSeconds: expect.any(Number) as unknown,
    });
    expect(await a.call('dev.echo', { message: 'Grüße', uppercase: true })).toEqual({ message: 'GRÜSSE' });
  });

  it.each([
    [{}, /\.\d{3}Z$/, 'UTC'],
    [{ timeZone: 'UTC' }, /Z$/, 'UTC'],
    [{ timeZone: 'Asia/Kolkata' }, /\+05:30$/, 'Asia/Kolkata'],
    [{ timeZone: 'America/St_Johns' }, /-0[23]:30$/, 'America/St_Johns'],
  ])('tell the time for %j', async (args, iso, timeZone) => {
    const now = await a.call<{ iso: string; unixSeconds: number }>('time.now', args);
    expect(now).toEqual({
      iso: expect.stringMatching(iso) as unknown,
      unixSeconds: expect.any(Number) as unknown,
      timeZone,
    });
    expect(Math.abs(Date.parse(now.iso) / 1_000 - now.unixSeconds)).toBeLessThan(1);
  });
});

describe('bad arguments', () => {
  it.each<[string, object, string]>([
    ['time.now', { timeZone: 'Mars/Olympus' }, 'timeZone is not a time zone'],
    ['time.now', { timeZone: '../etc' }, 'timeZone is not a time zone'],
    ['time.now', { timeZone: 5 }, 'timeZone must be string'],
    ['system.health', { verbose: true }, 'verbose is not an argument'],
    ['dev.echo', {}, 'message is required'],
    ['dev.echo', { message: 'x'.repeat(10_001) }, 'message must not have more'],
    ['run_js_ephemeral', {}, 'code is required'],
    ['run_js_ephemeral', { code: '' }, 'code must not have fewer'],
    ['run_js_ephemeral', { code: '1', timeoutMs: 120_001 }, 'timeoutMs must be <= 120000'],
    ['run_js_ephemeral', { code: '1', timeoutMs: 999 }, 'timeoutMs must be >= 1000'],
    ['run_js_ephemeral', { code: '1', engine: 'wasm', image: 'node' }, 'image goes with the engine docker'],
    [
      'run_js_ephemeral',
      { code: '1', engine: 'wasm', dependencies: [{ name: 'a', version: '1' }] },
      'dependencies goes with the engine docker',
    ],
    [
      'run_js_ephemeral',
      { code: '1', dependencies: [{ name: 'a b', version: '1' }] },
      'dependencies.0.name must match',
    ],
    [
      'run_js_ephemeral',
      { code: '1', dependencies: Array.from({ length: 33 }, () => ({ name: 'a', version: '1' })) },
      'dependencies must not have more than 32',
    ],
    ['sandbox.initialize', { image: '' }, 'image must not have fewer'],
    ['sandbox.exec', { sessionId: 's' }, 'commands is required'],
    ['sandbox.exec', { sessionId: 's', commands: [] }, 'commands must not have fewer than 1'],
    [
      'sandbox.exec',
      { sessionId: 's', commands: Array<string>(21).fill('true') },
      'commands must not have more than 20',
    ],
    ['sandbox.exec', { sessionId: 's', commands: 'true' }, 'commands must be array'],
    ['sandbox.run_js', { sessionId: 's' }, 'code is required'],
    ['sandbox.stop', {}, 'sessionId is required'],
    ['sandbox.session.list', { all: true }, 'all is not an argument'],
    ['system.guard_metrics', { tenant: 'other' }, 'tenant is not an argument'],
    ['system.runtime_config', { secrets: true }, 'secrets is not an argument'],
  ])('%s %j: %s', async (name, args, words) => {
    await using client = await officialClient('modern', gateway.url);
    const { isError, content } = await client.call(name, args as Record<string, unknown>);
    expect([isError, content[0]!.text]).toEqual([true, expect.stringContaining(`ValidationError: ${words}`)]);
  });
});

describe('the guard', () => {
  it('refuses with the reason, which stands in the record of the call', async () => {
    const guard = gateway.app.get(RunGuard, { strict: false });
    const { promise, resolve } = Promise.withResolvers<{ ok: boolean }>();
    const running = guard.through('tenant-c', 'run_js_ephemeral', () => promise);
    const refused = a.as({ tenant: 'tenant-c' }).call('run_js_ephemeral', { code: 'return 1' });
    await expect(refused).rejects.toMatchObject({ code: 'guard_rejection', status: 503 });
    resolve({ ok: true });
    await running;
    const { readFile } = await import('node:fs/promises');
    const { eventually } = await import('../support/embedded-stage.js');
    await eventually(async () => {
      const text = await readFile(`${gateway.folder}/audit.jsonl`, 'utf8');
      expect(text).toContain('"reason":"GuardRejectionError: run_js_ephemeral"');
    });
  });

  it('tells a tenant of its own runs alone', async () => {
    const guard = gateway.app.get(RunGuard, { strict: false });
    await guard.through('tenant-b', 'dynamic.exec.secret-of-b', () => Promise.resolve({ ok: false }));
    const ofA = JSON.stringify([await a.call('system.guard_metrics'), await read(a, 'dynamic://metrics/guard')]);
    expect(ofA).not.toContain('secret-of-b');
    expect(await b.call('system.guard_metrics')).toMatchObject({
      activeExecutions: 0,
      limits: { maxConcurrency: 1, maxCallsPerWindow: 4, windowMs: 60_000 },
      scopes: [{ scope: 'dynamic.exec.secret-of-b', total: 1, allowed: 1, failed: 1 }],
    });
  });
});

async function read(client: ToolClient, uri: string): Promise<unknown> {
  const answer = await source().resources!.read(client.request, uri);
  return JSON.parse((answer as { contents: { text: string }[] }).contents[0]!.text) as unknown;
}

describe('the configuration', () => {
  it('is told by section, without anything secret', async () => {
    const told = await a.call<Record<string, Record<string, unknown>>>('system.runtime_config');
    expect(Object.keys(told)).toEqual(['transport', 'dynamic', 'auth', 'security', 'sandbox', 'audit']);
    expect(told['dynamic']!['MCP_PROFILE']).toBe('enterprise');
    expect(told['auth']!['configured']).toMatchObject({ MCP_ADMIN_TOKEN: true });
    const text = JSON.stringify([told, await read(a, 'dynamic://service/runtime-config')]);
    for (const secret of [SECRET, gateway.database!.url, gateway.folder, 'postgres'])
      expect(text).not.toContain(secret);
  });

  it('is there for administrators alone', async () => {
    const user = a.as({ scopes: new Set(['tools:call']) });
    await expect(user.call('system.runtime_config')).rejects.toMatchObject({ code: 'tool_not_found' });
    await expect(read(user, 'dynamic://service/runtime-config')).rejects.toMatchObject({ code: 'resource_not_found' });
    const { items } = await source().resources!.list(user.request, undefined);
    expect(items.map(({ uri }) => uri)).toEqual(['dynamic://service/meta', 'dynamic://metrics/guard']);
  });
});

describe('the prompt', () => {
  const get = (args: Record<string, string>) => source().prompts!.get(a.request, 'tool-call-checklist', args);

  it('is about the tool that is named', async () => {
    expect(JSON.stringify(await get({ toolName: 'text.uppercase' }))).toContain('text.uppercase');
    expect(source().prompts!.list(a.caller)).toMatchObject([{ arguments: [{ name: 'toolName', required: true }] }]);
  });

  it.each([{}, { toolName: '' }, { toolName: 'x'.repeat(129) }, { toolName: 'x', other: 'y' }])(
    'is not without one: %j',
    async (args) => {
      await expect(get(args as Record<string, string>)).rejects.toMatchObject({ code: 'invalid_arguments' });
    },
  );
});
