import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Gateway } from '../support/boot-gateway.js';
import { eventually } from '../support/embedded-stage.js';
import { officialClient } from '../support/official-clients.js';

/** The example that dynamic-mcp's own documentation begins with. */
const UPPERCASE = {
  name: 'text.uppercase',
  title: 'Uppercase Text',
  description: 'Convert text to uppercase.',
  code: "const { text } = args; if (!text) throw new Error('text is required'); return { upper: String(text).toUpperCase() };",
};

let gateway: Gateway;
beforeAll(async () => {
  gateway = await Gateway.boot();
});
afterAll(() => gateway[Symbol.asyncDispose]());

describe.each(['modern', 'legacy'] as const)('the official client, %s', (era) => {
  it('makes a tool, sees it, calls it, switches it off, changes it, and deletes it', async () => {
    await using client = await officialClient(era, gateway.url);
    let heard = client.changes;
    const told = async () => {
      await eventually(() => expect(client.changes).toBeGreaterThan(heard));
      heard = client.changes;
    };
    const { name } = UPPERCASE;

    const created = await client.call('dynamic.tool.create', { tool: UPPERCASE });
    expect(created.content).toEqual([{ type: 'text', text: `Created dynamic tool: ${name}` }]);
    expect(created.structuredContent).toMatchObject({ tool: { name, enabled: true, engine: 'wasm' } });
    expect(created.structuredContent!['tool']).not.toHaveProperty('code');
    const revision = created.structuredContent!['tool'].revision as number;
    await told();
    expect(await client.tools()).toContain(name);

    const listed = await client.call('dynamic.tool.list', { includeCode: true });
    expect(listed.structuredContent!['tools']).toEqual([expect.objectContaining({ name, code: UPPERCASE.code })]);
    expect((await client.call('dynamic.tool.get', { name })).structuredContent).toMatchObject({ tool: { name } });

    const called = await client.call(name, { args: { text: 'hello' } });
    expect(called.structuredContent).toMatchObject({ ok: true, result: { upper: 'HELLO' }, logs: [] });
    const threw = await client.call(name, { args: {} });
    expect(threw).toMatchObject({ isError: true, structuredContent: { ok: false, error: { kind: 'thrown' } } });
    expect(JSON.stringify(threw.structuredContent)).toContain('text is required');

    const again = await client.call('dynamic.tool.create', { tool: UPPERCASE });
    expect(again).toMatchObject({ isError: true });

    const off = await client.call('dynamic.tool.enable', { name, enabled: false, expectedRevision: revision });
    expect(off.content[0]!.text).toBe(`Disabled dynamic tool: ${name}`);
    await told();
    expect(await client.tools()).not.toContain(name);
    await client.call('dynamic.tool.enable', { name, enabled: true });
    await told();

    const stale = await client.call('dynamic.tool.update', { name, patch: { title: 'x' }, expectedRevision: revision });
    expect(stale).toMatchObject({ isError: true });
    const updated = await client.call('dynamic.tool.update', { name, patch: { code: 'return { upper: "CHANGED" };' } });
    expect(updated.content[0]!.text).toBe(`Updated dynamic tool: ${name}`);
    const changed = await client.call(name, { args: { text: 'hello' } });
    expect(changed.structuredContent).toMatchObject({ ok: true, result: { upper: 'CHANGED' } });

    const { structuredContent: history } = await client.call('dynamic.tool.history', { name });
    const [newest, oldest] = [history!['versions'][0], history!['versions'].at(-1)];
    expect(newest.codeSha256).not.toBe(oldest.codeSha256);
    await client.call('dynamic.tool.rollback', { name, version: oldest.version });
    expect((await client.call(name, { args: { text: 'back' } })).structuredContent).toMatchObject({
      result: { upper: 'BACK' },
    });

    const deleted = await client.call('dynamic.tool.delete', { name });
    expect(deleted).toMatchObject({ structuredContent: { deleted: true, name } });
    expect(deleted.content[0]!.text).toBe(`Deleted dynamic tool: ${name}`);
    await told();
    expect(await client.tools()).not.toContain(name);
    await expect(client.call(name, { args: {} })).rejects.toThrow();
  });

  it('runs code once', async () => {
    await using client = await officialClient(era, gateway.url);
    const ran = await client.call('run_js_ephemeral', {
      code: 'console.log("a"); return args.n * 2;',
      args: { n: 21 },
    });
    expect(ran.structuredContent).toMatchObject({ ok: true, result: 42, logs: ['a'] });
    expect(ran.structuredContent!['durationMs']).toBeGreaterThanOrEqual(0);
    const threw = await client.call('run_js_ephemeral', { code: 'throw new Error("no")' });
    expect(threw).toMatchObject({ isError: true, structuredContent: { ok: false, error: { kind: 'thrown' } } });
  });
});

describe('where nothing may be changed', () => {
  let readOnly: Gateway;
  beforeAll(async () => {
    readOnly = await Gateway.boot({ MCP_DYNAMIC_READ_ONLY: 'true' });
  });
  afterAll(() => readOnly[Symbol.asyncDispose]());

  const at = { name: UPPERCASE.name };
  it.each([
    ['create', { tool: UPPERCASE }],
    ['update', { ...at, patch: { title: 'x' } }],
    ['delete', at],
    ['enable', { ...at, enabled: true }],
    ['rollback', { ...at, version: 1 }],
    ['approve', at],
    ['grant', { ...at, granted: true }],
    ['publish', { ...at, published: true }],
  ])('dynamic.tool.%s of %j is refused', async (verb, args) => {
    await using client = await officialClient('modern', readOnly.url);
    const { isError, content } = await client.call(`dynamic.tool.${verb}`, args);
    expect([isError, content[0]!.text]).toEqual([true, expect.stringContaining('MCP_DYNAMIC_READ_ONLY')]);
  });

  it('dynamic.tool.list is not', async () => {
    await using client = await officialClient('legacy', readOnly.url);
    expect((await client.call('dynamic.tool.list')).structuredContent).toEqual({ tools: [] });
  });
});
