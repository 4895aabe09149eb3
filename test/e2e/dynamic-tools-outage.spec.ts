import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DatabaseLink } from '../support/database-link.js';
import { type DynamicClient, DynamicStage } from '../support/dynamic-stage.js';
import { eventually } from '../support/embedded-stage.js';
import { ModernClient } from '../support/modern-client.js';
import { TestDatabase } from '../support/postgres.js';

let database: TestDatabase;
let link: DatabaseLink;
let stage: DynamicStage;
let ada: DynamicClient;
const stack = new AsyncDisposableStack();
beforeAll(async () => {
  database = stack.use(await TestDatabase.create());
  link = stack.use(await DatabaseLink.to(database.url));
  stage = stack.use(await DynamicStage.open({ DATABASE_URL: link.url }));
  ada = stage.as();
});
afterAll(() => stack.disposeAsync());

/** What came of a change: over REST the status and the code; over MCP the same out of the words that a model reads. */
type Change = (verb: 'create' | 'update', name: string, more: object) => Promise<readonly [number, string]>;

const OVER: Readonly<Record<string, Change>> = {
  REST: async (verb, name, more) => {
    const { status, headers, body } =
      verb === 'create' ? await ada.make(name, more) : await ada.ask('PATCH', `/${name}`, more);
    if (status === 503) expect(headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    return [status < 300 ? 200 : status, (body['code'] as string | undefined) ?? ''];
  },
  MCP: async (verb, name, more) => {
    const mcp = new ModernClient(`${stage.auth.gateway.url}/mcp`, { authorization: `Bearer ${stage.token()}` });
    const tool = { name, description: `The tool ${name}.`, code: 'return args', ...more };
    const { result, error } = await mcp.call(
      `dynamic.tool.${verb}`,
      verb === 'create' ? { tool } : { name, patch: more },
    );
    expect(error).toBeUndefined();
    if (!result!['isError']) return [200, ''];
    const said = result!['content'][0].text as string;
    if (said.startsWith('store_unavailable')) expect(said).toMatch(/send the call again\. Try again in \d+ s\.$/);
    return [said.startsWith('store_unavailable') ? 503 : 0, said.split(':')[0]!];
  },
};

/** Everything that stands in the database of a tool, and what its callers get. */
const stored = async (name: string) =>
  database.query(
    `select t.revision, t.latest, t.live, t.deleted_at, v.version, v.code from dynamic_tools t
       left join dynamic_tool_versions v on v.tool = t.id where t.name = $1 order by v.version`,
    [name],
  );

const AWAY = [503, 'store_unavailable'];

/** Before anything is said, in the middle of the transaction, and at its end. */
const CUTS: readonly (readonly [when: string, cut: (row: string) => void])[] = [
  ['before', () => link.cut()],
  ['before the row of the tool', (row) => link.cutBefore(row)],
  ['between the rows of the tool and of its version', () => link.cutBefore('insert into "dynamic_tool_versions"')],
  ['before the end of the transaction', () => link.cutBefore('commit')],
];

let tools = 0;
beforeEach(() => {
  tools++;
  link.mend();
});

describe.each(Object.keys(OVER))('while the database is away, over %s', (way) => {
  const change: Change = (...asked) => OVER[way]!(...asked);

  it.each(CUTS)('a creation that is cut %s is told, leaves nothing, and can be made again', async (_when, cut) => {
    const name = `made.${tools}`;
    cut('insert into "dynamic_tools"');
    expect(await change('create', name, {})).toEqual(AWAY);
    expect(link.wasCut).toBe(true);
    expect(await stored(name)).toEqual([]);
    link.mend();
    await eventually(async () => expect(await change('create', name, {})).toEqual([200, '']));
    expect(await stored(name)).toMatchObject([{ revision: 1, latest: 1, live: 1, version: 1 }]);
    // What is stored is called at the latest when it can be read again.
    await eventually(async () => expect(await ada.callable(name)).toBe(200));
  });

  it.each(CUTS)('an update that is cut %s is told, changes nothing, and can be made again', async (_when, cut) => {
    const name = `changed.${tools}`;
    await eventually(async () => expect((await ada.make(name, { code: 'return 1' })).status).toBe(201));
    const before = await stored(name);
    cut('update "dynamic_tools"');
    expect(await change('update', name, { code: 'return 2' })).toEqual(AWAY);
    expect(link.wasCut).toBe(true);
    expect(await stored(name)).toEqual(before);
    link.mend();
    await eventually(async () => expect(await change('update', name, { code: 'return 2' })).toEqual([200, '']));
    expect(await stored(name)).toMatchObject([
      { revision: 2, latest: 2, live: 2, version: 1 },
      { version: 2, code: 'return 2' },
    ]);
    await eventually(async () => {
      const { body } = await ada.api.post<{ structuredContent: object }>(`/v1/tools/${name}/call`, { arguments: {} });
      expect(body.structuredContent).toMatchObject({ ok: true, result: 2 });
    });
  });
});

it('is recorded as what it was: the store was away', async () => {
  const records = (await stage.records()).filter(({ status }) => status === 503 || status === 500);
  const reasons = new Set(records.map(({ event, tool, reason }) => `${event} ${tool} ${reason}`));
  expect([...reasons].sort()).toEqual([
    'http.request createDynamicTool store_unavailable',
    'http.request patchDynamicTool store_unavailable',
    'tool.call dynamic.tool.create store_unavailable',
    'tool.call dynamic.tool.update store_unavailable',
  ]);
});
