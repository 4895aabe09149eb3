import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { CatalogueSource } from '#gateway/catalogue/catalogue.source.js';
import { Changes } from '#gateway/tools/changes.js';
import { Gateway } from '../support/boot-gateway.js';
import { eventually } from '../support/embedded-stage.js';
import { GatewayProcess } from '../support/gateway-process.js';
import { Platform } from '../support/platform/platform.js';
import { ToolClient } from '../support/platform/tool-client.js';

const stack = new AsyncDisposableStack();
let platform: Platform;
let shipped: string;
let folder: string;
let file: string;
beforeAll(async () => {
  platform = stack.use(await Platform.start());
  shipped = await readFile('config/tools.yaml', 'utf8');
  folder = await mkdtemp(join(tmpdir(), 'achilles-catalogue-'));
  stack.defer(() => rm(folder, { recursive: true }));
  file = join(folder, 'tools.yaml');
  await writeFile(join(folder, 'first.yaml'), shipped);
  await symlink('first.yaml', file);
});
afterAll(() => stack.disposeAsync());

let version = 0;
/** As a ConfigMap's update does it: the link is exchanged. */
async function exchange(text: string): Promise<void> {
  const name = `v${version++}.yaml`;
  await writeFile(join(folder, name), text);
  await symlink(name, join(folder, 'next'));
  await rename(join(folder, 'next'), file);
}

/** A tool and a backend that the platform does not know. */
const withTenth = (name = 'echo', path = '/v1/agent/function') => `${shipped.replace(
  '\ntools:\n',
  `\n  own: { url: '${platform.agents.url}' }\n\ntools:\n`,
)}
  ${name}:
    description: Says it again.
    tier: bronze
    backend: own
    path: ${path}
    inputSchema:
      type: object
      additionalProperties: false
      required: [function_name]
      properties: { function_name: { type: string, const: echo }, input: { type: object } }
`;

async function metric(gateway: Gateway, name: string): Promise<Record<string, number>> {
  const { values } = await gateway.app.get(Registry).getSingleMetric(name)!.get();
  return Object.fromEntries(values.map(({ labels, value }) => [Object.values(labels).join(' '), value]));
}

describe('config/tools.yaml', () => {
  let gateway: Gateway;
  let tools: ToolClient;
  const changes: string[] = [];
  beforeAll(async () => {
    gateway = stack.use(await Gateway.boot({ ...platform.settings(), TOOLS_FILE: file }));
    tools = ToolClient.of(gateway);
    gateway.app.get(Changes).subscribe(({ kind }) => {
      if (kind === 'tools') changes.push(kind);
    });
  });
  const reloads = () => metric(gateway, 'achilles_catalogue_reloads_total');
  const offered = () =>
    new Map(
      gateway.app
        .get(CatalogueSource)
        .tools()
        .map((tool) => [tool.definition.name, tool]),
    );

  it('may gain a tenth tool without a restart or a line of code; the nine stay the same', async () => {
    const before = offered();
    expect((await tools.call('echo', { function_name: 'echo' })).status).toBe(404);
    await exchange(withTenth());
    await eventually(async () => expect(await tools.names()).toContain('echo'));
    const answer = await tools.call('echo', { function_name: 'echo', input: { a: 1 } });
    expect(answer.body.structuredContent).toEqual({ function_name: 'echo', output: { a: 1 } });
    const after = offered();
    for (const [name, tool] of before) expect(after.get(name)).toBe(tool);
    expect(after.size).toBe(before.size + 1);
    expect(changes).toEqual(['tools']);
    expect(await reloads()).toEqual({ applied: 1, refused: 0 });
    expect(await metric(gateway, 'achilles_catalogue_tools')).toEqual({ '': 10 });
  });

  it('that says the same in other words changes no tool, and tells nobody', async () => {
    const before = gateway.app.get(CatalogueSource).tools();
    await exchange(`# A comment.\n${withTenth()}`);
    await eventually(async () => expect(await reloads()).toEqual({ applied: 2, refused: 0 }));
    expect(gateway.app.get(CatalogueSource).tools()).toBe(before);
    expect(changes).toEqual(['tools']);
  });

  it.each<[string, () => string]>([
    ['no YAML', () => 'tools: {'],
    ['nothing', () => ''],
    ['a misspelt keyword', () => shipped.replace('maxLength: 2000', 'maxLenght: 2000')],
    ['an unknown backend', () => shipped.replace('backend: llm-gateway', 'backend: llm-gatewy')],
    ['a name twice', () => withTenth('semantic_search')],
    ['a path that climbs', () => withTenth('echo', '/v1/../admin')],
  ])('with %s keeps the tools that there are', async (_what, text) => {
    const before = gateway.app.get(CatalogueSource).tools();
    const { applied, refused } = await reloads();
    await exchange(text());
    await eventually(async () => expect(await reloads()).toEqual({ applied, refused: refused! + 1 }));
    expect(gateway.app.get(CatalogueSource).tools()).toBe(before);
    expect((await tools.call('echo', { function_name: 'echo' })).status).toBe(200);
  });

  it('that is gone keeps them too; when it is back, what it changes is changed', async () => {
    const { refused } = await reloads();
    await unlink(file);
    await eventually(async () => expect((await reloads())['refused']).toBe(refused! + 1));
    expect((await tools.call('echo', { function_name: 'echo' })).status).toBe(200);
    const before = offered();
    await writeFile(file, shipped.replace('maximum: 100, default: 10', 'maximum: 7, default: 5'));
    await eventually(async () =>
      expect((await tools.call('semantic_search', { query: 'x', top_k: 8 })).status).toBe(422),
    );
    expect(await tools.names()).not.toContain('echo');
    const after = offered();
    expect(after.get('graph_query')).toBe(before.get('graph_query'));
    expect(after.get('semantic_search')!.revision).not.toBe(before.get('semantic_search')!.revision);
    expect(changes).toEqual(['tools', 'tools']);
  });
});

it('stops a start that it would mislead, naming every place; a bad edit later is one line of the log', async () => {
  const path = join(folder, 'own.yaml');
  const environment = { ...platform.settings(), TOOLS_FILE: path };
  await writeFile(path, shipped.replace('maxLength: 2000', 'maxLenght: 2000').replace('tier: silver', 'tier: sliver'));
  await expect(GatewayProcess.start(environment)).rejects.toThrow(/own\.yaml: tools\.code_analyze\.tier must be/);
  await writeFile(path, shipped);
  await using gateway = await GatewayProcess.start({ ...environment, LOG_LEVEL: 'error' });
  await writeFile(path, shipped.replace('path: /v1/search\n', 'path: v1/search\n'));
  const said = () => gateway.said().filter(({ context }) => context === 'Catalogue');
  await eventually(() => expect(said()).toHaveLength(1));
  expect(said()[0]!.msg).toMatch(/stay as they were: \S+own\.yaml: tools\.semantic_search\.path must begin with \//);
});
