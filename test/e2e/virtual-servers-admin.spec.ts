import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Gateway } from '../support/boot-gateway.js';
import { eventually } from '../support/embedded-stage.js';
import { ModernClient } from '../support/modern-client.js';
import { aTool } from '../support/scripted-tools.js';
import { VirtualStage } from '../support/virtual-stage.js';

const TOOLS = [
  aTool('github__create_issue', { upstream: 'github' }),
  aTool('github__list', { upstream: 'github' }),
  aTool('limited'),
];
const SERVERS = {
  issues: { tools: [{ tool: 'github__create_issue', as: 'report' }, { tool: 'github__*' }, { tool: 'not__there' }] },
  private: { tools: [{ tool: 'limited' }], tenants: ['acme'] },
};

let stage: VirtualStage;
beforeAll(async () => {
  stage = await VirtualStage.open(TOOLS, SERVERS);
});
afterAll(() => stage[Symbol.asyncDispose]());

describe('the admin API', () => {
  const PATH = '/admin/virtual-servers';
  const ENTRY = { tools: [{ tool: 'github__list', as: 'list' }, { tool: 'later' }] };
  const put = (name: string, body: unknown, headers: Record<string, string> = {}) =>
    stage.admin.with(headers).call<Record<string, unknown>>('PUT', `${PATH}/${name}`, JSON.stringify(body));

  it('shows those of the file, and what came of each tool', async () => {
    const { body } = await stage.admin.get<{ virtual_servers: { name: string; origin: string }[] }>(PATH);
    expect(body.virtual_servers.map(({ name, origin }) => [name, origin])).toEqual(
      Object.keys(SERVERS)
        .sort()
        .map((name) => [name, 'file']),
    );
    const { body: issues } = await stage.admin.get(`${PATH}/issues`);
    expect(issues).toMatchObject({
      path: '/mcp/v/issues',
      offered: 2,
      tools: [
        { name: 'report', tool: 'github__create_issue', upstream: 'github' },
        { name: 'github__list', tool: 'github__list', upstream: 'github' },
      ],
      unresolved: [{ tool: 'not__there', reason: 'there is no such tool' }],
    });
  });

  it('adds, replaces and takes away, as whoever has seen the last revision', async () => {
    const created = await stage.admin.post<Record<string, unknown>>(PATH, { name: 'made', ...ENTRY });
    expect([created.status, created.headers.get('etag')]).toEqual([201, '"1"']);
    expect(created.body).toMatchObject({ name: 'made', origin: 'admin', revision: 1, created_by: 'ada' });
    expect(await stage.namesAt('made')).toEqual(['list']);
    expect((await stage.admin.post(PATH, { name: 'made', ...ENTRY })).status).toBe(409);
    expect((await put('made', ENTRY)).status).toBe(409);
    expect((await put('made', ENTRY, { 'if-match': '"7"' })).status).toBe(412);
    expect((await put('made', ENTRY, { 'if-match': 'x' })).status).toBe(422);
    const replaced = await put('made', { tools: [{ tool: 'limited' }] }, { 'if-match': '"1"' });
    expect([replaced.status, replaced.headers.get('etag')]).toEqual([200, '"2"']);
    expect(await stage.namesAt('made')).toEqual(['limited']);
    const remove = (ifMatch: string) => stage.admin.with({ 'if-match': ifMatch }).call('DELETE', `${PATH}/made`);
    expect((await remove('"1"')).status).toBe(412);
    expect((await remove('"2"')).status).toBe(204);
    expect((await stage.client('made').ask('tools/list')).status).toBe(404);
    expect((await remove('*')).status).toBe(404);
    expect((await put('made', ENTRY, { 'if-match': '*' })).status).toBe(404);
  });

  it('leaves a record of each change', async () => {
    const before = (await stage.records()).length;
    expect((await put('recorded', ENTRY)).status).toBe(201);
    expect((await put('recorded', ENTRY, { 'if-match': '*' })).status).toBe(200);
    expect((await stage.admin.call('DELETE', `${PATH}/recorded`)).status).toBe(204);
    await eventually(async () => {
      const events = (await stage.records()).slice(before).filter(({ event }) => event.startsWith('virtual_server.'));
      expect(events.map(({ event, upstream, sub }) => [event, upstream, sub])).toEqual([
        ['virtual_server.create', 'recorded', 'ada'],
        ['virtual_server.replace', 'recorded', 'ada'],
        ['virtual_server.delete', 'recorded', 'ada'],
      ]);
    });
  });

  it.each<[string, string, unknown, number]>([
    ['one of the file', 'issues', ENTRY, 409],
    ['no tools', 'bad', {}, 422],
    [
      'two of one name',
      'bad',
      {
        tools: [
          { tool: 'a', as: 'x' },
          { tool: 'b', as: 'x' },
        ],
      },
      422,
    ],
    ['no entry', 'bad', [], 422],
    ['a name that is none', 'Bad', ENTRY, 422],
    [
      'an entry that is too long',
      'bad',
      { tools: Array.from({ length: 1_000 }, (_, i) => ({ tool: `t${i}`, description: 'x'.repeat(300) })) },
      422,
    ],
  ])('refuses %s, and leaves nothing behind', async (_what, name, entry, status) => {
    expect((await put(name, entry, {})).status).toBe(status);
    if (name !== 'issues') expect((await stage.admin.get(`${PATH}/${name}`)).status).toBe(404);
  });

  it('of two who replace the same revision at once, one does', async () => {
    expect((await put('raced', ENTRY)).status).toBe(201);
    const both = await Promise.all([1, 2, 3].map(() => put('raced', ENTRY, { 'if-match': '"1"' })));
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 412, 412]);
    expect((await stage.admin.call('DELETE', `${PATH}/raced`)).status).toBe(204);
  });

  it('reaches other replicas', async () => {
    await using other = await Gateway.boot({
      ...stage.auth.provider.settings,
      DATABASE_URL: stage.auth.gateway.database!.url,
    });
    expect((await put('spread', { tools: [{ tool: 'resolve_project' }] })).status).toBe(201);
    const headers = stage.headers({ scope: 'projects:write' });
    const client = new ModernClient(`${other.url}/mcp/v/spread`, headers);
    await eventually(async () => {
      const { result } = await client.ask('tools/list');
      expect(result?.['tools']).toEqual([expect.objectContaining({ name: 'resolve_project' })]);
    });
    expect((await stage.admin.call('DELETE', `${PATH}/spread`)).status).toBe(204);
    await eventually(async () => expect((await client.ask('tools/list')).status).toBe(404));
  });
});

describe('the file', () => {
  it('is read again when it changes; one with a fault changes nothing', async () => {
    await stage.configure({
      ...SERVERS,
      issues: {
        tools: [
          { tool: 'a', as: 'x' },
          { tool: 'b', as: 'x' },
        ],
      },
    });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await stage.namesAt('issues')).toEqual(['github__list', 'report']);
    await stage.configure({ ...SERVERS, issues: { tools: [{ tool: 'limited' }] } });
    await eventually(async () => expect(await stage.namesAt('issues')).toEqual(['limited']));
    await stage.configure(SERVERS);
    await eventually(async () => expect(await stage.namesAt('issues')).toEqual(['github__list', 'report']));
  });

  it('hides one of the API that has the same name', async () => {
    const api = stage.admin;
    expect(
      (await api.call('PUT', '/admin/virtual-servers/hidden', JSON.stringify({ tools: [{ tool: 'limited' }] }))).status,
    ).toBe(201);
    await stage.configure({ ...SERVERS, hidden: { tools: [{ tool: 'github__list' }] } });
    await eventually(async () => expect(await stage.namesAt('hidden')).toEqual(['github__list']));
    expect((await api.get('/admin/virtual-servers/hidden')).body).toMatchObject({ origin: 'file' });
    expect((await api.call('DELETE', '/admin/virtual-servers/hidden')).status).toBe(204);
    expect(await stage.namesAt('hidden')).toEqual(['github__list']);
    await stage.configure(SERVERS);
    await eventually(async () => expect((await stage.client('hidden').ask('tools/list')).status).toBe(404));
  });
});
