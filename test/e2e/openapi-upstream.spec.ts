import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ToolResult } from '#gateway/tools/tool.js';
import { UpstreamRegistry } from '#gateway/upstreams/upstream-registry.js';
import { Gateway } from '../support/boot-gateway.js';
import { ModernClient } from '../support/modern-client.js';
import { type Asked, OriginServer } from '../support/origin-server.js';

const PETSTORE = 'test/fixtures/openapi/petstore-3.0.yaml';
const PETS = { pets: Array.from({ length: 1_000 }, (_, id) => ({ id, name: `pet ${id}` })) };

let api: OriginServer;
let gateway: Gateway;
beforeAll(async () => {
  api = await OriginServer.start();
  api.answer = (response, { url }: Asked) => {
    response.setHeader('content-type', 'application/json');
    if (url.startsWith('/broken')) response.writeHead(500).end('{}');
    else if (url === '/pets/422') response.writeHead(422).end('{"detail":"no such pet, try 1 to 9"}');
    else response.end(JSON.stringify(PETS));
  };
  gateway = await Gateway.boot({ AUTH_MODE: 'none' });
  // The gateway as one of its own upstreams.
  await writeFile(join(gateway.folder, 'self.json'), await readFile('docs/openapi.json', 'utf8'));
  const upstreams = {
    shop: {
      kind: 'openapi',
      document: PETSTORE,
      url: api.url,
      max_result_bytes: 4_096,
      results: { spill: true, select: true, deduplicate: true },
    },
    self: { kind: 'openapi', document: join(gateway.folder, 'self.json'), url: gateway.url },
  };
  await writeFile(join(gateway.folder, 'upstreams.yaml'), JSON.stringify({ upstreams }));
  const registry = gateway.app.get(UpstreamRegistry, { strict: false });
  for (let i = 0; i < 600; i++) {
    if (registry.find('shop')?.state === 'connected' && registry.find('self')?.state === 'connected') return;
    await delay(50);
  }
  throw new Error('the upstreams did not connect');
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
});

const client = (path = '/mcp') => new ModernClient(`${gateway.url}${path}`);
const call = async (path: string, name: string, args: object = {}) =>
  (await client(path).call(name, args)).result as unknown as ToolResult;
const said = ({ content }: ToolResult) => content[0]!['text'] as string;
const listed = async (path: string) =>
  (await client(path).ask('tools/list')).result!['tools'] as { name: string; inputSchema: { properties: object } }[];

describe('an API behind the gateway', () => {
  it('is tools at /mcp, and verbatim at its own mount', async () => {
    const [together, verbatim] = [await listed('/mcp'), await listed('/mcp/u/shop')];
    expect(together.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['shop__listPets', 'shop__get_pets_petId']),
    );
    const argumentsOf = (tools: typeof together, name: string) =>
      Object.keys(tools.find((tool) => tool.name === name)!.inputSchema.properties);
    expect(argumentsOf(together, 'shop__get_pets_petId')).toEqual(['petId', 'achilles_select', 'achilles_full']);
    expect(argumentsOf(verbatim, 'get_pets_petId')).toEqual(['petId']);
  });

  it('is called with arguments that it never sees taken off', async () => {
    const result = await call('/mcp', 'shop__get_pets_petId', { petId: '7', achilles_select: 'pets[7].name' });
    expect(result).toMatchObject({ content: [{ text: '"pet 7"' }], structuredContent: 'pet 7' });
    expect(api.asked.at(-1)).toMatchObject({ method: 'GET', url: '/pets/7' });
  });

  it.each([
    ['/mcp', 'shop__get_pets_petId'],
    ['/mcp/u/shop', 'get_pets_petId'],
  ])('at %s spills what is too large to where it can be read', async (path, name) => {
    const result = await call(path, name, { petId: '1', ...(path === '/mcp' && { achilles_full: true }) });
    expect(said(result)).toContain('- pets: list of 1000, each with id, name');
    const uri = result.content.find(({ type }) => type === 'resource_link')!['uri'] as string;
    const { result: read } = await client(path).ask('resources/read', { uri: `${uri}?select=pets%5B999%5D` });
    expect(JSON.parse(read!['contents'][0].text)).toEqual({ id: 999, name: 'pet 999' });
  });

  it('says what was wrong with a request', async () => {
    const result = await call('/mcp', 'shop__get_pets_petId', { petId: '422' });
    expect([result.isError, said(result)]).toEqual([
      true,
      'The API answered with 422 (Unprocessable Entity).\n{"detail":"no such pet, try 1 to 9"}',
    ]);
    expect(said(await call('/mcp', 'shop__get_pets_petId', {}))).toContain("must have required property 'petId'");
  });
});

it('a gateway can be an upstream of itself', async () => {
  const { paths } = JSON.parse(await readFile('docs/openapi.json', 'utf8')) as { paths: Record<string, object> };
  const operations = Object.values(paths).flatMap((path) => Object.keys(path).filter((key) => key !== 'parameters'));
  expect(await listed('/mcp/u/self')).toHaveLength(operations.length);
  const made = await call('/mcp', 'self__resolveProject', {
    workspace_id: 'w1',
    workspace_root: '/src/a',
    vcs_remote_url: 'https://git.example/a.git',
  });
  expect([made.isError, (made.structuredContent as { project_id?: string; id?: string }) !== null]).toEqual([
    undefined,
    true,
  ]);
});
