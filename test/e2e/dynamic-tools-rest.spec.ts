import { hash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DynamicClient, DynamicStage } from '../support/dynamic-stage.js';
import { eventually } from '../support/embedded-stage.js';
import { ModernClient } from '../support/modern-client.js';

let stage: DynamicStage;
let ada: DynamicClient;
beforeAll(async () => {
  stage = await DynamicStage.open();
  ada = stage.as();
});
afterAll(() => stage[Symbol.asyncDispose]());

const sha256 = (code: string) => hash('sha256', code);

describe('a tool made over REST', () => {
  it('is answered with where it is, its revision and all but its code', async () => {
    const { status, headers, body } = await ada.make('a:b.c-d_e', { title: 'A', tier: 'silver' });
    expect([status, headers.get('location'), headers.get('etag')]).toEqual([
      201,
      '/v1/dynamic-tools/a%3Ab.c-d_e',
      '"1"',
    ]);
    expect(body).toMatchObject({
      name: 'a:b.c-d_e',
      title: 'A',
      description: 'The tool a:b.c-d_e.',
      engine: 'wasm',
      timeoutMs: 30_000,
      tier: 'silver',
      enabled: true,
      published: false,
      hostFunctionsGranted: false,
      revision: 1,
      version: 1,
      latestVersion: 1,
      codeSha256: sha256('return args'),
      codeSizeBytes: 11,
      createdBy: 'ada',
    });
    expect(body).not.toHaveProperty('code');
    const read = await ada.ask('GET', headers.get('location')!.replace('/v1/dynamic-tools', ''));
    expect([read.status, read.headers.get('etag'), read.body['code']]).toEqual([200, '"1"', 'return args']);
  });

  it('is there once', async () => {
    expect((await ada.make('twice')).status).toBe(201);
    expect(await ada.make('twice')).toMatchObject({ status: 409, body: { code: 'dynamic_tool_exists' } });
  });

  it.each<[string, object, string]>([
    ['a name of the control tools', { name: 'dynamic.tool.mine' }, 'name'],
    ['no name', { name: undefined }, 'name'],
    ['code that is no text', { code: 7 }, 'code'],
    ['a member that there is not', { published: true }, 'published'],
    ['a schema that is none', { inputSchema: { type: 'nonsense' } }, 'inputSchema'],
    ['a timeout beyond what the operator allows', { timeoutMs: 200_000 }, 'timeoutMs'],
  ])('is refused with the field that is wrong: %s', async (_what, more, field) => {
    const { status, body } = await ada.make('refused', more);
    expect([status, (body['errors'] as { field: string }[])[0]?.field]).toEqual([422, expect.stringContaining(field)]);
    expect((await ada.ask('GET', '/refused')).status).toBe(404);
  });

  it('may have as much code as a tool may', async () => {
    const code = `return ${JSON.stringify('ü'.repeat(199_000))}`;
    expect((await ada.make('large', { code })).status).toBe(201);
    expect((await ada.ask('GET', '/large')).body['code']).toBe(code);
    expect((await ada.make('larger', { code: 'x'.repeat(200_001) })).status).toBe(422);
  });
});

describe('a change', () => {
  it('is made by whoever has seen the last revision', async () => {
    await ada.make('edited');
    const patch = (body: object, headers = {}, query = '') => ada.ask('PATCH', `/edited${query}`, body, headers);
    const first = await patch({ code: 'return 2', title: 'T' }, { 'if-match': '"1"' });
    expect([first.status, first.headers.get('etag'), first.body['title']]).toEqual([200, '"2"', 'T']);
    const stale = await patch({ code: 'return 3' }, { 'if-match': '"1"' });
    expect(stale).toMatchObject({ status: 409, body: { code: 'dynamic_tool_changed', revision: 2 } });
    expect((await patch({ code: 'return 3' }, {}, '?expectedRevision=1')).status).toBe(409);
    expect((await patch({ title: null }, {}, '?expectedRevision=2')).body).not.toHaveProperty('title');
    expect((await patch({ description: 'D.' })).headers.get('etag')).toBe('"4"');
    expect((await ada.ask('GET', '/edited')).body).toMatchObject({ code: 'return 2', description: 'D.', revision: 4 });
  });

  it.each<[string, string, object, Record<string, string>]>([
    ['a tag that is none of ours', '', {}, { 'if-match': 'x' }],
    ['a revision that is none', '?expectedRevision=0', {}, {}],
    ['a revision in words', '?expectedRevision=one', {}, {}],
    ['two revisions', '?expectedRevision=1', {}, { 'if-match': '"2"' }],
    ['a query that there is not', '?force=true', {}, {}],
    ['another name', '', { name: 'other' }, {}],
    ['null for what it must have', '', { description: null }, {}],
  ])('is refused: %s', async (_what, query, body, headers) => {
    await ada.make('unmoved');
    expect((await ada.ask('PATCH', `/unmoved${query}`, body, headers)).status).toBe(422);
    expect((await ada.ask('GET', '/unmoved')).body['revision']).toBe(1);
  });

  it('of two who have seen the same revision at once, one makes it', async () => {
    await ada.make('raced');
    const both = [1, 2, 3, 4].map((n) => ada.ask('PATCH', '/raced', { code: `return ${n}` }, { 'if-match': '"1"' }));
    const statuses = (await Promise.all(both)).map(({ status }) => status);
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 409, 409, 409]);
  });

  it('switches a tool off and on', async () => {
    await ada.make('switched');
    expect((await ada.ask('POST', '/switched/disable')).body).toMatchObject({ enabled: false, revision: 2 });
    expect(await ada.callable('switched')).toBe(404);
    expect((await ada.ask('POST', '/switched/enable', undefined, { 'if-match': '"1"' })).status).toBe(409);
    expect((await ada.ask('POST', '/switched/enable', undefined, { 'if-match': '"2"' })).body['enabled']).toBe(true);
    expect(await ada.callable('switched')).not.toBe(404);
  });
});

describe('versions', () => {
  it('are kept, shown and gone back to, also of a tool that was deleted', async () => {
    await ada.make('kept', { code: 'return 1' });
    await stage.as({ sub: 'bob' }).ask('PATCH', '/kept', { code: 'return 2' });
    const { body } = await ada.ask('GET', '/kept/versions');
    expect(body['versions']).toMatchObject([
      { version: 2, state: 'live', codeSha256: sha256('return 2'), createdBy: 'bob' },
      { version: 1, state: 'approved', codeSha256: sha256('return 1'), createdBy: 'ada' },
    ]);
    expect((await ada.ask('GET', '/kept/versions/1')).body).toMatchObject({ code: 'return 1' });
    expect((await ada.ask('DELETE', '/kept', undefined, { 'if-match': '"1"' })).status).toBe(409);
    expect((await ada.ask('DELETE', '/kept')).status).toBe(204);
    expect((await ada.ask('GET', '/kept')).status).toBe(404);
    expect(((await ada.ask('GET', '/kept/versions')).body['versions'] as []).length).toBe(2);
    expect((await ada.ask('POST', '/kept/rollback', { version: 1 })).body).toMatchObject({ version: 3 });
    expect((await ada.ask('GET', '/kept')).body['code']).toBe('return 1');
    expect((await ada.ask('GET', '/kept/versions')).body['versions']).toMatchObject([
      { version: 3, restored: 1, state: 'live' },
      { version: 2 },
      { version: 1 },
    ]);
  });

  it.each<[string, string, unknown, number, string]>([
    ['GET', '/versions/9', undefined, 404, 'dynamic_tool_version_not_found'],
    ['GET', '/versions/x', undefined, 422, 'validation_failed'],
    ['GET', '/versions/99999999999', undefined, 422, 'validation_failed'],
    ['POST', '/rollback', { version: 9 }, 404, 'dynamic_tool_version_not_found'],
    ['POST', '/rollback', { version: '1' }, 422, 'validation_failed'],
    ['POST', '/rollback', {}, 422, 'validation_failed'],
    ['POST', '/approve', undefined, 409, 'nothing_to_approve'],
    ['POST', '/grant', undefined, 409, 'nothing_to_grant'],
  ])('are not what is not there: %s %s %j', async (method, path, body, status, code) => {
    await ada.make('plain');
    expect(await ada.ask(method, `/plain${path}`, body)).toMatchObject({ status, body: { code } });
  });
});

it('lists tools page by page, with their code where it is wanted', async () => {
  const eve = stage.as({ tenant: 'pages' });
  for (const name of ['ccc', 'aaa', 'bbb']) await eve.make(name);
  const first = (await eve.ask('GET', '?limit=2')).body as { items: object[]; next_cursor: string };
  expect(first.items).toMatchObject([{ name: 'aaa' }, { name: 'bbb' }]);
  expect(first.items[0]).not.toHaveProperty('code');
  const rest = await eve.ask('GET', `?limit=2&include_code=true&cursor=${first.next_cursor}`);
  expect(rest.body).toMatchObject({ items: [{ name: 'ccc', code: 'return args' }], next_cursor: null });
  for (const query of ['?limit=0', '?cursor=x', '?include_code=yes', '?bogus=1']) {
    expect((await eve.ask('GET', query)).status).toBe(422);
  }
});

describe('host functions', () => {
  it('are granted and taken back', async () => {
    await ada.make('asking', { hostFunctions: { fetch: { hosts: ['api.example.com'] } } });
    const bob = stage.as({ sub: 'bob' });
    expect((await bob.ask('POST', '/asking/grant')).body).toMatchObject({ hostFunctionsGranted: true });
    expect((await bob.ask('DELETE', '/asking/grant')).body).toMatchObject({ hostFunctionsGranted: false });
  });
});

describe('another tenant', () => {
  it('has tools of the same name, and sees none of these', async () => {
    await ada.make('private', { code: 'return "of acme"' });
    const eve = stage.as({ tenant: 'evil' });
    const asked: [string, string, unknown?][] = [
      ['GET', ''],
      ['PATCH', '', { code: 'return 1' }],
      ['DELETE', ''],
      ['POST', '/enable'],
      ['POST', '/disable'],
      ['GET', '/versions'],
      ['GET', '/versions/1'],
      ['POST', '/rollback', { version: 1 }],
      ['POST', '/approve'],
      ['POST', '/grant'],
      ['DELETE', '/grant'],
    ];
    for (const [method, path, body] of asked) {
      expect([method, path, (await eve.ask(method, `/private${path}`, body)).status]).toEqual([method, path, 404]);
    }
    expect(JSON.stringify((await eve.ask('GET')).body)).not.toContain('private');
    expect(await eve.callable('private')).toBe(404);
    expect((await eve.make('private', { code: 'return "of evil"' })).status).toBe(201);
    expect((await ada.ask('GET', '/private')).body['code']).toBe('return "of acme"');
  });

  it('sees what is published, by whoever may publish', async () => {
    await ada.make('shared');
    expect((await ada.ask('POST', '/shared/publish')).status).toBe(403);
    const publisher = stage.as({ scope: 'tools:admin tools:publish' });
    expect((await publisher.ask('POST', '/shared/publish')).body['published']).toBe(true);
    const eve = stage.as({ tenant: 'evil' });
    await eventually(async () => expect(await eve.callable('shared')).not.toBe(404));
    expect((await eve.ask('DELETE', '/shared')).status).toBe(404);
    expect((await publisher.ask('DELETE', '/shared/publish')).body['published']).toBe(false);
    await eventually(async () => expect(await eve.callable('shared')).toBe(404));
  });
});

describe('every change leaves one record, with who made it and the revision that came of it', () => {
  /** The way of each change, as it is asked for. */
  const MADE: readonly (readonly [verb: string, sub: string])[] = [
    ['create', 'ada'],
    ['update', 'ada'],
    ['disable', 'ada'],
    ['enable', 'ada'],
    ['rollback', 'ada'],
    ['grant', 'bob'],
    ['revoke', 'bob'],
    ['publish', 'bob'],
    ['withdraw', 'bob'],
    ['delete', 'bob'],
  ];
  const BOB = { sub: 'bob', scope: 'tools:admin tools:publish tools:call' };

  /** Everything that was recorded of the tool, and of what makes tools. */
  async function expectRecords(name: string): Promise<void> {
    await eventually(async () => {
      const records = (await stage.records()).filter(({ tool }) => tool === name);
      expect(
        records.map(({ event, sub, tenant, upstream, reason, decision }) => [
          event,
          sub,
          tenant,
          upstream,
          reason,
          decision,
        ]),
      ).toEqual(
        MADE.map(([verb, sub], i) => [`dynamic_tool.${verb}`, sub, 'acme', 'dynamic', `revision ${i + 1}`, 'granted']),
      );
      for (const { request_id: id, trace_id: trace } of records)
        expect(`${id} ${trace}`).toMatch(/^\S{36} [0-9a-f]{32}$/);
    });
  }

  it('over REST', async () => {
    await ada.make('recorded', { hostFunctions: { kv: {} } });
    const steps: [string, string, unknown?][] = [
      ['PATCH', '', { code: 'return 2' }],
      ['POST', '/disable'],
      ['POST', '/enable'],
      ['POST', '/rollback', { version: 1 }],
    ];
    for (const [method, path, body] of steps) await ada.ask(method, `/recorded${path}`, body);
    const bob = stage.as(BOB);
    for (const [method, path] of [
      ['POST', '/grant'],
      ['DELETE', '/grant'],
      ['POST', '/publish'],
      ['DELETE', '/publish'],
      ['DELETE', ''],
    ] as const) {
      await bob.ask(method, `/recorded${path}`);
    }
    await expectRecords('recorded');
  });

  it.each(['MCP', 'REST calls of tools'])('over %s, and none of the call beside it', async (way) => {
    const name = way === 'MCP' ? 'recorded.mcp' : 'recorded.calls';
    const calls = (claims: object) => async (verb: string, args: object) => {
      const tool = `dynamic.tool.${verb}`;
      if (way !== 'MCP') return (await stage.as(claims).api.post(`/v1/tools/${tool}/call`, { arguments: args })).status;
      const mcp = new ModernClient(`${stage.auth.gateway.url}/mcp`, { authorization: `Bearer ${stage.token(claims)}` });
      return (await mcp.ask('tools/call', { name: tool, arguments: args })).status;
    };
    const before = (await stage.records()).length;
    const [ofAda, ofBob] = [calls({}), calls(BOB)];
    const draft = { name, description: 'D.', code: 'return 1', hostFunctions: { kv: {} } };
    await ofAda('create', { tool: draft });
    await ofAda('update', { name, patch: { code: 'return 2' } });
    await ofAda('enable', { name, enabled: false });
    await ofAda('enable', { name, enabled: true });
    await ofAda('rollback', { name, version: 1 });
    await ofBob('grant', { name, granted: true });
    await ofBob('grant', { name, granted: false });
    await ofBob('publish', { name, published: true });
    await ofBob('publish', { name, published: false });
    await ofBob('delete', { name });
    await expectRecords(name);
    // What changes nothing is recorded as the call that it is.
    await ofAda('update', { name, patch: { code: 'return 3' } });
    await ofAda('history', { name });
    await eventually(async () => {
      const others = (await stage.records()).slice(before).filter(({ tool }) => tool !== name);
      expect(others.map(({ event, tool, decision }) => [event, tool, decision])).toEqual([
        ['tool.call', 'dynamic.tool.update', 'refused'],
        ['tool.call', 'dynamic.tool.history', 'granted'],
      ]);
    });
  });
});

describe('approval', () => {
  it('is somebody else’s than the author’s, where it is asked for', async () => {
    await using held = await DynamicStage.open({ DYNAMIC_TOOLS_REQUIRE_APPROVAL: 'true' });
    const author = held.as();
    const made = await author.make('held');
    expect(made.body).toMatchObject({ version: null, latestVersion: 1 });
    expect(await author.callable('held')).toBe(404);
    expect(await author.ask('POST', '/held/approve')).toMatchObject({
      status: 403,
      body: { code: 'approved_by_author' },
    });
    const bob = held.as({ sub: 'bob' });
    expect((await bob.ask('POST', '/held/approve', undefined, { 'if-match': '"7"' })).status).toBe(409);
    expect((await bob.ask('POST', '/held/approve')).body).toMatchObject({ version: 1, latestVersion: 1 });
    expect(await author.callable('held')).not.toBe(404);
    await author.ask('PATCH', '/held', { code: 'return 2' });
    expect((await author.ask('GET', '/held')).body).toMatchObject({ version: 1, latestVersion: 2, code: 'return 2' });
    expect((await author.ask('GET', '/held/versions')).body['versions']).toMatchObject([
      { version: 2, state: 'pending' },
      { version: 1, state: 'live', approvedBy: 'bob' },
    ]);
  });
});

it('changes nothing where tools are read only', async () => {
  await using still = await DynamicStage.open({ MCP_DYNAMIC_READ_ONLY: 'true' });
  const admin = still.as();
  expect(await admin.make('never')).toMatchObject({ status: 403, body: { code: 'dynamic_tools_read_only' } });
  expect((await admin.ask('GET')).body).toEqual({ items: [], next_cursor: null });
});
