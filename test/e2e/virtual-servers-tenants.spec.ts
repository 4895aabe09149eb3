import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Api } from '../support/api.js';
import { DynamicClient } from '../support/dynamic-stage.js';
import { eventually } from '../support/embedded-stage.js';
import { VirtualStage } from '../support/virtual-stage.js';

/** Dynamic tools of one name that several tenants have, at a virtual server. */
const SERVERS = {
  named: { tools: [{ tool: 'who', as: 'whoami', description: 'Whose it is.' }, { tool: 'shared' }] },
  found: { tools: [{ tool: 'wh*' }] },
  limited: { tools: [{ tool: 'who', as: 'whoami', fixed: { place: 'here' } }] },
};
const TENANTS = ['acme', 'beta', 'gamma'] as const;
const ADMIN = { scope: 'tools:admin tools:publish tools:call' };

let stage: VirtualStage;
const adminOf = (tenant: string) =>
  new DynamicClient(new Api(stage.auth.gateway.url, stage.headers({ ...ADMIN, tenant })));

/** What a caller of the tenant is answered; undefined where there is no such tool for him. */
async function answer(server: string, tool: string, tenant: string): Promise<unknown> {
  const { result } = await stage.client(server, { tenant }).call(tool);
  return result?.['structuredContent'].result;
}

beforeAll(async () => {
  stage = await VirtualStage.open([], SERVERS);
  for (const tenant of TENANTS) {
    const place = { type: 'object', properties: { place: { type: 'string' } } };
    const made = await adminOf(tenant).make('who', {
      code: `return "of ${tenant}"`,
      ...(tenant === 'beta' && { inputSchema: place }),
    });
    expect(made.status).toBe(201);
  }
});
afterAll(() => stage[Symbol.asyncDispose]());

it('each tenant is shown its own, and calls that', async () => {
  for (const tenant of TENANTS) {
    expect(await stage.namesAt('named', { tenant })).toEqual(['whoami']);
    expect(await answer('named', 'whoami', tenant)).toBe(`of ${tenant}`);
    expect(await stage.namesAt('found', { tenant })).toEqual(['who']);
    expect(await answer('found', 'who', tenant)).toBe(`of ${tenant}`);
  }
  expect(await stage.namesAt('named', { tenant: 'delta' })).toEqual([]);
  expect(await answer('named', 'whoami', 'delta')).toBeUndefined();
});

it('one whose tool has no such argument is not shown it, and is in nobody else’s way', async () => {
  expect(await stage.namesAt('limited', { tenant: 'beta' })).toEqual(['whoami']);
  expect(await answer('limited', 'whoami', 'beta')).toBe('of beta');
  expect(await stage.namesAt('limited', { tenant: 'acme' })).toEqual([]);
  expect(await answer('limited', 'whoami', 'acme')).toBeUndefined();
});

it('a published one is for those who have none of their own', async () => {
  await adminOf('acme').make('shared', { code: 'return "of all"' });
  expect((await adminOf('acme').ask('POST', '/shared/publish')).status).toBe(200);
  await eventually(async () => expect(await answer('named', 'shared', 'delta')).toBe('of all'));
  expect((await adminOf('acme').ask('DELETE', '/shared/publish')).status).toBe(200);
  await adminOf('beta').make('shared', { code: 'return "of beta"' });
  expect((await adminOf('acme').ask('POST', '/shared/publish')).status).toBe(200);
  for (const [tenant, expected] of [
    ['beta', 'of beta'],
    ['delta', 'of all'],
    ['acme', 'of all'],
  ] as const) {
    await eventually(async () => expect(await answer('named', 'shared', tenant)).toBe(expected));
  }
});

it('an operator sees one tool of that name', async () => {
  const { body } = await stage.admin.get<{ offered: number; tools: object[] }>('/admin/virtual-servers/found');
  expect(body).toMatchObject({ offered: 1, tools: [{ name: 'who', tool: 'who', upstream: 'dynamic' }] });
  expect(body.tools).toHaveLength(1);
});
