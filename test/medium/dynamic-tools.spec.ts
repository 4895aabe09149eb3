import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TIERS, type Caller } from '#core/caller.js';
import type { DynamicToolDraft } from '#gateway/dynamic-tools/dynamic-tool.schema.js';
import { DynamicTools } from '#gateway/dynamic-tools/dynamic-tools.service.js';
import { SANDBOX_ENGINES } from '#gateway/dynamic-tools/running/runs.service.js';
import { SILENT } from '#gateway/tools/call-channel.js';
import { Mounts } from '#gateway/tools/mount.js';
import { ToolDirectory } from '#gateway/tools/tool-directory.js';
import { ToolPipeline } from '#gateway/tools/tool-pipeline.js';
import type { ToolResult } from '#gateway/tools/tool.js';
import type { SandboxRun } from '#sandbox/sandbox.js';
import { Gateway } from '../support/boot-gateway.js';
import { eventually } from '../support/embedded-stage.js';
import { TestDatabase } from '../support/postgres.js';
import { RedisServer } from '../support/redis-server.js';

const MOST = 40;
const scopes = new Set(['tools:call', 'tools:admin', 'tools:publish']);
const as = (subject: string, tenant: string, more: Partial<Caller> = {}): Caller => ({
  issuer: 'test',
  tier: TIERS[0],
  subject,
  tenant,
  scopes,
  ...more,
});
const ada = as('ada', 'a');
const bob = as('bob', 'a');
const eve = as('eve', 'b');
const draft = (name: string, more: Partial<DynamicToolDraft> = {}): DynamicToolDraft => ({
  name,
  description: 'Adds.',
  code: 'return 1',
  ...more,
});
const code = (error: unknown) => (error as { code?: string }).code;
const refusal = (made: Promise<unknown>) => made.then(() => 'done', code);

const stack = new AsyncDisposableStack();
let database: TestDatabase;
let one: Gateway;
let other: Gateway;

/** Says what it was asked to run. */
const SCRIPTED = {
  name: 'wasm',
  run: ({ tenant, code: text, args, host }: SandboxRun) =>
    Promise.resolve({
      ok: true,
      result: { tenant, code: text, args, host: Object.keys(host ?? {}) },
      durationMs: 1,
      logs: [],
    }),
  close: () => Promise.resolve(),
};

async function boot(settings: Record<string, string | number> = {}): Promise<Gateway> {
  const gateway = stack.use(
    await Gateway.boot({ DATABASE_URL: database.url, MCP_DYNAMIC_MAX_TOOLS: MOST, DATABASE_POOL_SIZE: 6, ...settings }),
  );
  const engines = gateway.app.get<Record<string, { run: unknown }>>(SANDBOX_ENGINES, { strict: false });
  engines['wasm']!.run = SCRIPTED.run;
  return gateway;
}

const toolsOf = ({ app }: Gateway) => app.get(DynamicTools, { strict: false });
const directoryOf = ({ app }: Gateway) => app.get(ToolDirectory, { strict: false });
const namesFor = (gateway: Gateway, caller: Caller) =>
  directoryOf(gateway)
    .visibleTo(caller)
    .filter(({ upstream }) => upstream === 'dynamic')
    .map(({ definition }) => definition.name);

async function call({ app }: Gateway, caller: Caller, name: string, args: object = {}): Promise<unknown> {
  const result = await app.get(ToolPipeline, { strict: false }).call({
    mount: app.get(Mounts, { strict: false }).rest,
    name,
    arguments: args as Record<string, unknown>,
    caller,
    signal: new AbortController().signal,
    channel: SILENT,
    via: 'rest',
    requestId: 'r',
    traceId: 't',
  });
  return ((result as ToolResult).structuredContent as { result: unknown }).result;
}

beforeAll(async () => {
  database = stack.use(await TestDatabase.create());
  [one, other] = [await boot(), await boot()];
}, 120_000);
afterAll(() => stack.disposeAsync());

describe('on two replicas', () => {
  it('a tool is called as it was made here at once, there within a second', async () => {
    const made = await toolsOf(one).create(ada, draft('adder', { code: 'return args' }));
    expect(made).toMatchObject({ name: 'adder', engine: 'wasm', timeoutMs: 30_000, revision: 1, version: 1 });
    expect(made.code).toBeUndefined();
    expect(await call(one, ada, 'adder', { args: { x: 1 } })).toEqual({
      tenant: 'a',
      code: 'return args',
      args: { x: 1 },
      host: [],
    });
    await eventually(async () => expect(await call(other, ada, 'adder')).toMatchObject({ args: {} }), 1_000);
    await toolsOf(other).update(
      ada,
      'adder',
      { code: 'return 2', inputSchema: { type: 'object', required: ['x'] } },
      1,
    );
    expect(await refusal(call(other, ada, 'adder'))).toBe('invalid_arguments');
    await eventually(
      async () => expect(await call(one, ada, 'adder', { x: 1 })).toMatchObject({ code: 'return 2' }),
      1_000,
    );
    await toolsOf(one).enable(ada, 'adder', false, undefined);
    expect(await refusal(call(one, ada, 'adder', { x: 1 }))).toBe('tool_not_found');
    await eventually(
      async () => expect(await refusal(call(other, ada, 'adder', { x: 1 }))).toBe('tool_not_found'),
      1_000,
    );
  });

  it('of a hundred changes at once to one revision one is made, and versions have no gaps', async () => {
    await toolsOf(one).create(ada, draft('raced'));
    await eventually(() => expect(namesFor(other, ada)).toContain('raced'));
    let revision = 1;
    let told = 0;
    for (let round = 0; round < 4; round++) {
      const tries = Array.from({ length: 25 }, (_, i) =>
        refusal(toolsOf(i % 2 ? one : other).update(ada, 'raced', { code: `return '${round} ${i}'` }, revision)),
      );
      const answers = await Promise.all(tries);
      expect(answers.filter((answer) => answer === 'done')).toHaveLength(1);
      told += answers.filter((answer) => answer === 'dynamic_tool_changed').length;
      revision++;
    }
    expect(told).toBe(96);
    // Without a revision all of them are made, one after the other.
    const all = Array.from({ length: 40 }, (_, i) =>
      toolsOf(i % 2 ? one : other).update(ada, 'raced', { code: `return ${i}` }, undefined),
    );
    const revisions = (await Promise.all(all)).map((record) => record.revision);
    expect(revisions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => 6 + i));
    const versions = (await toolsOf(other).history(ada, 'raced')).map(({ version }) => version);
    expect(versions).toEqual(Array.from({ length: 45 }, (_, i) => 45 - i));
  });

  it('there are never more tools than there may be', async () => {
    const dan = as('dan', 'full');
    const tries = Array.from({ length: 50 }, (_, i) =>
      refusal(toolsOf(i % 2 ? one : other).create(dan, draft(`tool-${i}`))),
    );
    const answers = await Promise.all(tries);
    expect(answers.filter((answer) => answer === 'done')).toHaveLength(MOST);
    expect(answers.filter((answer) => answer === 'too_many_dynamic_tools')).toHaveLength(50 - MOST);
    expect(await toolsOf(one).list(dan, false)).toHaveLength(MOST);
    const [first] = await toolsOf(one).list(dan, false);
    await toolsOf(one).delete(dan, first!.name, undefined);
    expect(await refusal(toolsOf(other).create(dan, draft('another')))).toBe('done');
    expect(await refusal(toolsOf(one).rollback(dan, first!.name, 1, undefined))).toBe('too_many_dynamic_tools');
  });

  it('one of a name is made', async () => {
    const tries = Array.from({ length: 10 }, (_, i) =>
      refusal(toolsOf(i % 2 ? one : other).create(ada, draft('once'))),
    );
    const answers = await Promise.all(tries);
    expect(answers.filter((answer) => answer === 'done')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'dynamic_tool_exists')).toHaveLength(9);
    expect(await refusal(toolsOf(one).create(ada, draft('start_session')))).toBe('dynamic_tool_exists');
  });
});

describe('what is deleted', () => {
  it('keeps its versions, and goes on counting', async () => {
    const tools = toolsOf(one);
    await tools.create(ada, draft('phoenix', { hostFunctions: { kv: {} } }));
    await tools.grant(ada, 'phoenix', true, 1);
    expect(await call(one, ada, 'phoenix')).toBeDefined();
    await tools.update(ada, 'phoenix', { code: 'return 2' }, 2);
    expect(await refusal(tools.delete(ada, 'phoenix', 2))).toBe('dynamic_tool_changed');
    await tools.delete(ada, 'phoenix', 3);
    expect(await refusal(tools.get(ada, 'phoenix'))).toBe('dynamic_tool_not_found');
    expect(await refusal(tools.delete(ada, 'phoenix', undefined))).toBe('dynamic_tool_not_found');
    expect((await tools.history(ada, 'phoenix')).map(({ state }) => state)).toEqual(['approved', 'approved']);
    const again = await tools.create(ada, draft('phoenix', { hostFunctions: { kv: {} } }));
    expect(again).toMatchObject({ version: 3, latestVersion: 3, revision: 5, hostFunctionsGranted: false });
    await tools.delete(ada, 'phoenix', undefined);
    expect(await tools.rollback(ada, 'phoenix', 2, undefined)).toMatchObject({ version: 4, published: false });
    expect(await call(one, ada, 'phoenix')).toMatchObject({ code: 'return 2' });
    expect((await tools.history(ada, 'phoenix'))[0]).toMatchObject({ state: 'live', restored: 2, createdBy: 'ada' });
    expect(await refusal(tools.rollback(ada, 'phoenix', 9, undefined))).toBe('dynamic_tool_version_not_found');
  });
});

describe('what another tenant has', () => {
  beforeAll(async () => {
    await toolsOf(one).create(ada, draft('secret', { code: 'return "secret"' }));
  });
  const patch = { code: 'return 0' };
  it.each<[string, (tools: DynamicTools, name: string) => Promise<unknown>]>([
    ['is not read', (tools, name) => tools.get(eve, name)],
    ['is not changed', (tools, name) => tools.update(eve, name, patch, undefined)],
    ['is not changed by its revision', (tools, name) => tools.update(eve, name, patch, 1)],
    ['is not deleted', (tools, name) => tools.delete(eve, name, undefined)],
    ['is not enabled', (tools, name) => tools.enable(eve, name, false, 7)],
    ['has no history', (tools, name) => tools.history(eve, name)],
    ['has no versions', (tools, name) => tools.version(eve, name, 1)],
    ['is not rolled back', (tools, name) => tools.rollback(eve, name, 1, undefined)],
    ['is not approved', (tools, name) => tools.approve(eve, name, undefined)],
    ['is granted nothing', (tools, name) => tools.grant(eve, name, true, undefined)],
    ['is not published', (tools, name) => tools.publish(eve, name, true, undefined)],
    ['is not called', (_tools, name) => call(one, eve, name)],
  ])('%s, as what is not there', async (_what, attempt) => {
    const told = async (name: string) => {
      const error = await attempt(toolsOf(one), name).then(
        () => undefined,
        (thrown: Error) => thrown,
      );
      return [code(error), error?.message.replaceAll(name, '')];
    };
    const answer = await told('secret');
    expect(answer[0]).toMatch(/not_found$/);
    expect(await told('nothing')).toEqual(answer);
  });

  it('is in no list, and in nobody’s way', async () => {
    expect(namesFor(one, eve)).not.toContain('secret');
    expect(await toolsOf(one).list(eve, true)).toEqual([]);
    await toolsOf(one).create(eve, draft('secret', { code: 'return "mine"' }));
    expect(await call(one, eve, 'secret')).toMatchObject({ tenant: 'b', code: 'return "mine"' });
    expect(await call(one, ada, 'secret')).toMatchObject({ tenant: 'a', code: 'return "secret"' });
  });
});

describe('what is published', () => {
  it('is seen by all, changed by those who may publish, and by one tenant alone', async () => {
    const tools = toolsOf(one);
    const zoe = as('zoe', 'z');
    await tools.create(ada, draft('shared', { code: 'return "a"' }));
    await tools.create(zoe, draft('shared', { code: 'return "z"' }));
    await tools.publish(ada, 'shared', true, undefined);
    expect(await call(one, eve, 'shared')).toMatchObject({ tenant: 'b', code: 'return "a"' });
    expect(await call(one, zoe, 'shared')).toMatchObject({ code: 'return "z"' });
    await eventually(() => expect(namesFor(other, eve)).toContain('shared'), 1_000);
    expect(await refusal(tools.publish(zoe, 'shared', true, undefined))).toBe('dynamic_tool_exists');
    expect(await refusal(tools.create(eve, draft('shared')))).toBe('dynamic_tool_exists');
    const lesser = as('bob', 'a', { scopes: new Set(['tools:admin', 'tools:call']) });
    expect(await refusal(tools.update(lesser, 'shared', { code: 'return "evil"' }, undefined))).toBe('published_tool');
    expect(await refusal(tools.rollback(lesser, 'shared', 1, undefined))).toBe('published_tool');
    await tools.publish(ada, 'shared', false, undefined);
    expect(await refusal(call(one, eve, 'shared'))).toBe('tool_not_found');
    expect(await refusal(tools.publish(zoe, 'shared', true, undefined))).toBe('done');
    expect(await call(one, ada, 'shared')).toMatchObject({ code: 'return "a"' });
  });
});

describe('host functions', () => {
  it('are granted for what is declared, and no longer when that is another', async () => {
    const tools = toolsOf(one);
    const fetch = (host: string) => ({ fetch: { hosts: [host] } });
    await tools.create(ada, draft('fetcher', { hostFunctions: fetch('x.example') }));
    const isOpen = () => directoryOf(one).find(ada, 'fetcher')!.definition.annotations!['openWorldHint'];
    expect(isOpen()).toBe(false);
    expect(await tools.grant(ada, 'fetcher', true, undefined)).toMatchObject({ hostFunctionsGranted: true });
    expect(isOpen()).toBe(true);
    expect(await tools.update(ada, 'fetcher', { code: 'return 2' }, undefined)).toMatchObject({
      hostFunctionsGranted: true,
    });
    expect(await tools.update(ada, 'fetcher', { hostFunctions: fetch('evil.example') }, undefined)).toMatchObject({
      hostFunctionsGranted: false,
    });
    expect(isOpen()).toBe(false);
    await tools.grant(ada, 'fetcher', true, undefined);
    expect(isOpen()).toBe(true);
    await tools.grant(ada, 'fetcher', false, undefined);
    expect(isOpen()).toBe(false);
    await tools.update(ada, 'fetcher', { hostFunctions: null }, undefined);
    expect(await refusal(tools.grant(ada, 'fetcher', true, undefined))).toBe('nothing_to_grant');
  });
});

describe('where changes are approved', () => {
  let strict: Gateway;
  beforeAll(async () => {
    strict = await boot({ DYNAMIC_TOOLS_REQUIRE_APPROVAL: 'true' });
  });

  it('what is called is what somebody other than its authors has approved', async () => {
    const tools = toolsOf(strict);
    expect(await tools.create(ada, draft('held'))).toMatchObject({ version: null, latestVersion: 1 });
    expect(await refusal(call(strict, ada, 'held'))).toBe('tool_not_found');
    expect(await refusal(tools.approve(ada, 'held', undefined))).toBe('approved_by_author');
    expect(await tools.approve(bob, 'held', 1)).toMatchObject({ version: 1, revision: 2 });
    expect(await call(strict, ada, 'held')).toMatchObject({ code: 'return 1' });
    expect(await refusal(tools.approve(bob, 'held', undefined))).toBe('nothing_to_approve');
    await tools.update(ada, 'held', { code: 'return "evil"' }, undefined);
    expect(await call(strict, ada, 'held')).toMatchObject({ code: 'return 1' });
    expect((await tools.history(ada, 'held')).map(({ state }) => state)).toEqual(['pending', 'live']);
    // Somebody else's small change makes it nobody else's code.
    await tools.update(bob, 'held', { title: 'Held' }, undefined);
    expect(await refusal(tools.approve(ada, 'held', undefined))).toBe('approved_by_author');
    expect(await refusal(tools.approve(bob, 'held', undefined))).toBe('approved_by_author');
    expect(await refusal(tools.approve(as('cyd', 'a'), 'held', 3))).toBe('dynamic_tool_changed');
    await tools.rollback(bob, 'held', 1, undefined);
    expect(await tools.approve(ada, 'held', undefined)).toMatchObject({ version: 4, latestVersion: 4 });
    expect(await call(strict, ada, 'held')).toMatchObject({ code: 'return 1' });
  });

  it('made anew is not called before it is approved', async () => {
    const tools = toolsOf(strict);
    await tools.create(ada, draft('anew'));
    await tools.approve(bob, 'anew', undefined);
    await tools.delete(ada, 'anew', undefined);
    expect(await tools.create(ada, draft('anew', { code: 'return "evil"' }))).toMatchObject({ version: null });
    expect(await refusal(call(strict, ada, 'anew'))).toBe('tool_not_found');
  });

  it('nobody grants his own code anything', async () => {
    const tools = toolsOf(strict);
    await tools.create(ada, draft('granting', { hostFunctions: { kv: {} } }));
    expect(await refusal(tools.grant(ada, 'granting', true, undefined))).toBe('approved_by_author');
    expect(await tools.grant(bob, 'granting', true, undefined)).toMatchObject({ hostFunctionsGranted: true });
  });
});

describe('elsewhere', () => {
  it('with Redis word goes over it, and what was missed is found', async () => {
    await using redis = await RedisServer.start();
    const [a, b] = [await boot({ REDIS_URL: redis.url }), await boot({ REDIS_URL: redis.url })];
    await toolsOf(a).create(ada, draft('over-redis'));
    expect(namesFor(a, ada)).toContain('over-redis');
    await eventually(() => expect(namesFor(b, ada)).toContain('over-redis'), 1_000);
    await redis.end();
    await toolsOf(a).delete(ada, 'over-redis', undefined);
    await eventually(() => expect(namesFor(b, ada)).not.toContain('over-redis'), 10_000);
  });

  it('nothing is changed where that is not allowed', async () => {
    const tools = toolsOf(await boot({ MCP_DYNAMIC_READ_ONLY: 'true' }));
    const refused = await Promise.all([
      refusal(tools.create(ada, draft('written'))),
      refusal(tools.update(ada, 'once', { code: 'x' }, undefined)),
      refusal(tools.delete(ada, 'once', undefined)),
      refusal(tools.enable(ada, 'once', false, undefined)),
      refusal(tools.rollback(ada, 'once', 1, undefined)),
      refusal(tools.approve(ada, 'once', undefined)),
      refusal(tools.grant(ada, 'once', true, undefined)),
      refusal(tools.publish(ada, 'once', true, undefined)),
    ]);
    expect(new Set(refused)).toEqual(new Set(['dynamic_tools_read_only']));
    expect(await tools.get(ada, 'once')).toMatchObject({ code: 'return 1' });
  });

  it('a change that cannot be written whole is not written', async () => {
    await toolsOf(one).create(ada, draft('whole'));
    await database.query(
      `create function refuse() returns trigger language plpgsql as $$ begin raise exception using errcode = '57P01'; end $$`,
    );
    await database.query(
      'create trigger refuse before insert on dynamic_tool_versions for each row execute function refuse()',
    );
    try {
      expect(await refusal(toolsOf(one).update(ada, 'whole', { code: 'return 2' }, 1))).toBe('57P01');
      expect(await refusal(toolsOf(one).create(ada, draft('half')))).toBe('57P01');
    } finally {
      await database.query('drop trigger refuse on dynamic_tool_versions');
    }
    expect(await toolsOf(one).get(ada, 'whole')).toMatchObject({ revision: 1, latestVersion: 1, code: 'return 1' });
    expect(await refusal(toolsOf(one).get(ada, 'half'))).toBe('dynamic_tool_not_found');
    expect(await database.query('select 1 from dynamic_tools where name = $1', ['half'])).toEqual([]);
  });
});
