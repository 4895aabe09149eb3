import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Gateway } from '../support/boot-gateway.js';
import { untilConnected } from '../support/connected-upstreams.js';
import { eventually } from '../support/embedded-stage.js';
import { forge } from '../support/forge.js';
import { IdentityProvider } from '../support/identity-provider.js';
import { type Era, ERAS, officialClient, type OfficialClient } from '../support/official-clients.js';
import { SdkUpstream } from '../support/upstream-servers/sdk-upstream.js';

const stack = new AsyncDisposableStack();
let provider: IdentityProvider;
let gateway: Gateway;
let upstreams: Readonly<Record<Era, SdkUpstream>>;

const VIRTUAL = {
  tools: [
    { tool: 'modern__places', as: 'urgent_places', description: 'Urgent ones.', fixed: { urgent: true } },
    { tool: 'legacy__echo', as: 'repeat' },
    { tool: '*__test_sometimes_a_tool' },
  ],
  resources: ['modern', 'legacy'],
  prompts: ['modern', 'legacy'],
  tenants: ['acme'],
};

beforeAll(async () => {
  provider = stack.use(await IdentityProvider.start());
  upstreams = {
    modern: stack.use(await SdkUpstream.start('modern')),
    legacy: stack.use(await SdkUpstream.start('legacy')),
  };
  const entries = ERAS.map((era) => [era, { kind: 'http', url: upstreams[era].url, tier: 'bronze', scopes: [] }]);
  const file = { upstreams: Object.fromEntries(entries) as object, virtual_servers: { both: VIRTUAL } };
  gateway = stack.use(await Gateway.boot(provider.settings, { upstreams: file }));
  await untilConnected(gateway, ERAS);
});
afterAll(() => stack.disposeAsync());

const tokenOf = (claims: object = {}) => forge(provider, { claims: { scope: 'tools:call', ...claims } });

const clientAt = (era: Era, path: string, token = tokenOf()): Promise<OfficialClient> =>
  officialClient(era, gateway.url, { path, headers: { authorization: `Bearer ${token}` } });

const TEXT = 'This is the content of the static text resource.';
const said = (messages: readonly Record<string, unknown>[]) => JSON.stringify(messages);

/** Toggles something at an upstream, until a client has been told. */
async function untilTold(toggle: () => void, count: () => number): Promise<void> {
  const before = count();
  toggle();
  await eventually(() => expect(count()).toBeGreaterThan(before));
}

const togglePrompt = ({ offer }: SdkUpstream) => {
  offer.prompts.toggle();
  offer.tell({ kind: 'prompts' });
};

describe.each(ERAS.flatMap((client) => ERAS.map((upstream) => ({ client, upstream }))))(
  'the official client, $client, at /mcp/u/{upstream} of a $upstream upstream',
  ({ client, upstream }) => {
    let mcp: OfficialClient;
    beforeAll(async () => {
      mcp = await clientAt(client, `/mcp/u/${upstream}`);
    });
    afterAll(() => mcp[Symbol.asyncDispose]());

    it('lists its tools, and calls them', async () => {
      const names = upstreams[upstream].offer.tools().map(({ definition }) => definition.name);
      expect(await mcp.tools()).toEqual(names.toSorted());
      expect((await mcp.call('echo', { a: { b: [1, 'ü'] } })).content).toEqual([
        { type: 'text', text: '{"a":{"b":[1,"ü"]}}' },
      ]);
      expect(await mcp.call('test_error_handling')).toMatchObject({ isError: true });
      await expect(mcp.call(`${upstream}__echo`)).rejects.toThrow('There is no tool named');
    });

    it('shows the upstream nothing of the token that it came with', async () => {
      const token = tokenOf({ jti: 'of this test alone' });
      await using other = await clientAt(client, `/mcp/u/${upstream}`, token);
      const { structuredContent } = await other.call('whoami');
      expect(structuredContent!['headers']).not.toHaveProperty('authorization');
      expect(JSON.stringify(upstreams[upstream].seen)).not.toContain(token);
    });

    it('lists and reads its resources', async () => {
      expect(await mcp.resources()).toEqual(['test://static-text', 'test://static-binary', 'test://watched-resource']);
      expect(await mcp.templates()).toContain('test://template/{id}/data');
      expect(await mcp.read('test://static-text')).toMatchObject([{ uri: 'test://static-text', text: TEXT }]);
      expect(await mcp.read('test://static-binary')).toMatchObject([
        { mimeType: 'image/png', blob: expect.any(String) },
      ]);
      expect(await mcp.read('test://template/7/data')).toMatchObject([
        { text: expect.stringContaining('Data for ID: 7') },
      ]);
      await expect(mcp.read('test://nothing')).rejects.toThrow();
    });

    it('lists and gets its prompts', async () => {
      expect(await mcp.prompts()).toContain('test_prompt_with_arguments');
      const args = { arg1: 'one', arg2: 'two' };
      expect(said(await mcp.prompt('test_prompt_with_arguments', args))).toContain("arg1='one', arg2='two'");
      const [embedded] = await mcp.prompt('test_prompt_with_embedded_resource', { resourceUri: 'test://a' });
      expect(embedded).toMatchObject({ content: { resource: { uri: 'test://a' } } });
      await expect(mcp.prompt('test_nothing')).rejects.toThrow();
    });

    it('completes arguments of prompts and of templates', async () => {
      const prompt = { type: 'ref/prompt', name: 'test_prompt_with_arguments' } as const;
      expect(await mcp.complete(prompt, 'arg1', 'par')).toEqual(['paris', 'park', 'party']);
      const template = { type: 'ref/resource', uri: 'test://template/{id}/data' } as const;
      expect(await mcp.complete(template, 'id', '12')).toEqual(['123', '124']);
    });

    it('is told when its tools or its prompts are others', async () => {
      for (const isThere of [true, false]) {
        await untilTold(
          () => upstreams[upstream].offer.toggleTool(),
          () => mcp.changes,
        );
        expect((await mcp.tools()).includes('test_sometimes_a_tool')).toBe(isThere);
        await untilTold(
          () => togglePrompt(upstreams[upstream]),
          () => mcp.promptChanges,
        );
        expect((await mcp.prompts()).includes('test_sometimes_a_prompt')).toBe(isThere);
      }
    });
  },
);

describe.each(ERAS)('the official client, %s, at /mcp/v/{virtual server}', (client) => {
  let mcp: OfficialClient;
  beforeAll(async () => {
    mcp = await clientAt(client, '/mcp/v/both');
  });
  afterAll(() => mcp[Symbol.asyncDispose]());

  it('lists the selected tools, and calls them', async () => {
    expect(await mcp.tools()).toEqual(['repeat', 'urgent_places']);
    const [filled] = (await mcp.call('urgent_places', { region: 'nord-süd' })).content;
    expect(JSON.parse(filled!.text!)).toEqual({ region: 'nord-süd', urgent: true });
    expect((await mcp.call('repeat', { a: 1 })).content).toEqual([{ type: 'text', text: '{"a":1}' }]);
    for (const name of ['echo', 'places', 'modern__places', 'legacy__echo', 'resolve_project']) {
      await expect(mcp.call(name)).rejects.toThrow('There is no tool named');
    }
  });

  it.each(ERAS)('reads resources, gets prompts and completes, of a %s upstream', async (upstream) => {
    const uri = `${upstream}+test://static-text`;
    expect(await mcp.resources()).toContain(uri);
    expect(await mcp.read(uri)).toMatchObject([{ uri, text: TEXT }]);
    await expect(mcp.read('test://static-text')).rejects.toThrow();
    expect(await mcp.templates()).toContain(`${upstream}+test://template/{id}/data`);
    expect(await mcp.read(`${upstream}+test://template/7/data`)).toMatchObject([
      { uri: `${upstream}+test://template/7/data` },
    ]);
    const name = `${upstream}__test_prompt_with_embedded_resource`;
    expect(await mcp.prompts()).toContain(name);
    const [embedded] = await mcp.prompt(name, { resourceUri: 'test://a' });
    expect(embedded).toMatchObject({ content: { resource: { uri: `${upstream}+test://a` } } });
    const ref = { type: 'ref/prompt', name } as const;
    expect(await mcp.complete(ref, 'resourceUri', 'test')).toEqual(['test', 'tested']);
    const template = { type: 'ref/resource', uri: `${upstream}+test://template/{id}/data` } as const;
    expect(await mcp.complete(template, 'id', '2')).toEqual(['200']);
  });

  it.each(ERAS)('is told when tools or prompts of a %s upstream are others', async (upstream) => {
    for (const isThere of [true, false]) {
      await untilTold(
        () => upstreams[upstream].offer.toggleTool(),
        () => mcp.changes,
      );
      expect((await mcp.tools()).includes(`${upstream}__test_sometimes_a_tool`)).toBe(isThere);
      await untilTold(
        () => togglePrompt(upstreams[upstream]),
        () => mcp.promptChanges,
      );
      expect((await mcp.prompts()).includes(`${upstream}__test_sometimes_a_prompt`)).toBe(isThere);
    }
  });

  it('lets nobody in without a token, nor anybody of a tenant whose it is not', async () => {
    await expect(officialClient(client, gateway.url, { path: '/mcp/v/both' })).rejects.toThrow();
    await expect(officialClient(client, gateway.url, { path: '/mcp/u/modern' })).rejects.toThrow();
    await expect(clientAt(client, '/mcp/v/both', tokenOf({ tenant: 'globex' }))).rejects.toThrow();
  });
});
