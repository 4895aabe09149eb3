import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { shownDefinition } from '#gateway/results/economics.schema.js';
import type { Tool, ToolEconomics, ToolResult } from '#gateway/tools/tool.js';
import { AuthStage } from '../support/auth-stage.js';
import { forge } from '../support/forge.js';
import { McpSession } from '../support/legacy-mcp.js';
import { type ModernAnswer, ModernClient } from '../support/modern-client.js';
import { aTool, type ScriptedTool, sourceOf } from '../support/scripted-tools.js';
import { callTool } from '../support/tool-caller.js';

const ROWS = {
  rows: Array.from({ length: 2_000 }, (_, id) => ({ id, name: `row ${id} é`, tags: ['a', 'b'] })),
  total: 2_000,
};
const LINES = Array.from({ length: 5_000 }, (_, i) => `line ${i + 1}`).join('\n');
const MAX = 8_192;

const calls: Record<string, number> = {};

/** A tool with economics, as an upstream's would be shown. */
function economical(
  name: string,
  answer: ToolResult,
  economics: Partial<ToolEconomics> = {},
  more: ScriptedTool = {},
): Tool {
  const terms: ToolEconomics = { spill: true, select: false, deduplicate: false, ...economics };
  const tool = aTool(name, { maxResultBytes: MAX, ...more });
  return {
    ...tool,
    definition: shownDefinition(tool.definition, terms),
    economics: terms,
    check: (given) => {
      if (Object.keys(given).some((key) => key.startsWith('achilles_')))
        throw new Error('the tool sees what is not its own');
      return given;
    },
    call: () => {
      calls[name] = (calls[name] ?? 0) + 1;
      return Promise.resolve(structuredClone(answer));
    },
  };
}

const text = (said: string): ToolResult => ({ content: [{ type: 'text', text: said }] });
const json = (value: unknown): ToolResult => ({ ...text(JSON.stringify(value)), structuredContent: value });
const PROMISE = { definition: { outputSchema: { type: 'object' } } };

const TOOLS = [
  economical('rows', json(ROWS)),
  economical('lines', text(LINES)),
  economical('failed', { ...text(LINES), isError: true }),
  economical('picture', {
    content: [
      { type: 'image', mimeType: 'image/png', data: 'A'.repeat(20_000) },
      { type: 'text', text: 'see' },
    ],
  }),
  economical('promised', json(ROWS), {}, PROMISE),
  economical('promised_small', { ...text(LINES), structuredContent: { lines: 5_000 } }, {}, PROMISE),
  economical('gigantic', text('x'.repeat(33 * 1_024 * 1_024))),
  economical('cut', text(LINES), { spill: false }),
  economical('remembered', text(LINES), {}, { cacheSeconds: 60 }),
  economical('selectable', json(ROWS), { select: true }, { cacheSeconds: 60 }),
  economical('plain', text('hello'), { select: true }),
  economical('unspilled', json(ROWS), { select: true, spill: false }),
  economical('again', text('y'.repeat(5_000)), { deduplicate: true }),
  economical('again_large', text(LINES), { deduplicate: true }),
  economical('short', text('short'), { deduplicate: true }),
];

let stage: AuthStage;
let headers: Record<'ann' | 'bob' | 'eve', Record<string, string>>;
beforeAll(async () => {
  stage = await AuthStage.open({ RESULT_STORE_BYTES: 33_554_432 }, { sources: [sourceOf(TOOLS)] });
  const as = (sub: string, tenant: string) => ({
    authorization: `Bearer ${forge(stage.provider, { claims: { sub, tenant } })}`,
  });
  headers = { ann: as('ann', 'acme'), bob: as('bob', 'acme'), eve: as('ann', 'other') };
});
afterAll(() => stage[Symbol.asyncDispose]());

const mcp = (who: keyof typeof headers = 'ann', more: Record<string, string> = {}) =>
  new ModernClient(`${stage.gateway.url}/mcp`, { ...headers[who], ...more });
const call = async (name: string, args: object = {}, more: Record<string, string> = {}) =>
  (await mcp('ann', more).call(name, args)).result as unknown as ToolResult;
const said = ({ content }: ToolResult) => content[0]!['text'] as string;
const linkIn = ({ content }: ToolResult) => content.find(({ type }) => type === 'resource_link')!['uri'] as string;
const read = (uri: string, who: keyof typeof headers = 'ann') => mcp(who).ask('resources/read', { uri });
const texts = ({ result }: ModernAnswer) => (result!['contents'] as { text: string }[]).map((one) => one.text);

describe('a result that is too large', () => {
  it('is told in a summary, with a link to the whole', async () => {
    const result = await call('rows');
    expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(MAX);
    expect(result.isError).toBeUndefined();
    expect(result.structuredContent).toBeUndefined();
    expect(said(result)).toMatch(
      /^\[This result is \d+ bytes, 8192 are allowed\. It is kept for an hour: read achilles:/,
    );
    expect(said(result)).toContain('- rows: list of 2000, each with id, name, tags');
    expect(said(result)).toContain('{"id":0,"name":"row 0 é","tags":["a","b"]}');
    expect(result.content[1]).toMatchObject({
      type: 'resource_link',
      mimeType: 'application/json',
      name: 'result of rows',
    });
    expect(result.content[1]!['size']).toBe(Buffer.byteLength(JSON.stringify(ROWS)));
  });

  it('can be read in pages, to its end', async () => {
    const bare = linkIn(await call('rows'));
    let whole = '';
    let uri = bare;
    for (let pages = 0; pages < 100; pages++) {
      const answer = await read(uri);
      expect(Buffer.byteLength(JSON.stringify(answer.result))).toBeLessThan(MAX + 1_000);
      const [piece, note] = texts(answer);
      whole += piece;
      const next = /Go on with (\S+)\.\]$/.exec(note ?? '');
      if (!next) break;
      uri = next[1]!;
    }
    expect(JSON.parse(whole)).toEqual(ROWS);
  });

  it('can be read by lines, by characters, and by what is wanted of it', async () => {
    const lines = linkIn(await call('lines'));
    expect(texts(await read(`${lines}?lines=4999-6000`))).toEqual(['line 4999\nline 5000']);
    expect(texts(await read(`${lines}?offset=5&length=6`))).toEqual(['1\nline']);
    expect(texts(await read(`${lines}?lines=9000-9001`))).toEqual(['']);
    const rows = linkIn(await call('rows'));
    expect(texts(await read(`${rows}?select=${encodeURIComponent('rows[?id==`7`].name | [0]')}`))).toEqual([
      '"row 7 é"',
    ]);
    expect(texts(await read(`${rows}?select=nothing`))[0]).toContain(
      'selected nothing. The result is: JSON, an object',
    );
    const [piece, note] = texts(await read(`${rows}?select=rows`));
    expect([piece!.length > 4_000, note]).toEqual([true, expect.stringContaining('Select less at a time.')]);
  });

  it.each(['offset=x', 'lines=0-1', 'select=a%5B', "select=pad_left('a',%601000000000%60,'x')", 'other=1'])(
    'cannot be read with %s, and says why',
    async (query) => {
      const { error } = await read(`${linkIn(await call('lines'))}?${query}`);
      expect(error).toMatchObject({ code: -32_602, message: expect.stringMatching(/arguments are not valid: \w+ /) });
    },
  );

  it('is nobody else’s', async () => {
    const uri = linkIn(await call('lines'));
    for (const who of ['bob', 'eve'] as const) {
      for (const address of [uri, `${uri}?lines=1-2`]) {
        expect((await read(address, who)).error).toMatchObject({ code: -32_602, data: { uri: address } });
      }
    }
    expect((await read(uri)).error).toBeUndefined();
  });

  it.each(['', '/', '/x', `/${'a'.repeat(22)}`, `/${'a'.repeat(22)}/more`, '/../sessions'])(
    'at achilles://results%s there is none',
    async (path) => {
      const uri = `achilles://results${path}`;
      expect((await read(uri)).error).toMatchObject({ code: -32_602, data: { uri } });
    },
  );

  it('stays a failure where it is one, and a picture is kept too', async () => {
    expect(await call('failed')).toMatchObject({ isError: true, content: [{}, { type: 'resource_link' }] });
    const picture = await call('picture');
    expect(said(picture)).toContain('Beside it: image (image/png) of about 15000 bytes');
    expect(texts(await read(`${linkIn(picture)}?select=content%5B1%5D.text`))).toEqual(['"see"']);
  });

  it('is a failure without the structure that was promised, and none with it', async () => {
    expect(await call('promised')).toMatchObject({ isError: true, content: [{}, { type: 'resource_link' }] });
    const small = await call('promised_small');
    expect([small.structuredContent, small.isError, linkIn(small)]).toEqual([
      { lines: 5_000 },
      undefined,
      expect.any(String),
    ]);
  });

  it('is cut where its tool is not to spill, it is beyond all bounds, or REST asks, which reads no resources', async () => {
    const { url } = stage.gateway;
    const rest = await callTool({ url }, 'lines', {}, { headers: headers.ann });
    const cut = [await call('cut'), await call('gigantic'), rest.body as unknown as ToolResult];
    for (const { content } of cut) expect(content.at(-1)!['text']).toContain('The gateway has cut this result');
  });

  it('is each caller’s own, although its answer is remembered for all', async () => {
    const mine = linkIn(await call('remembered'));
    const { result } = await mcp('bob').call('remembered');
    const theirs = linkIn(result as unknown as ToolResult);
    expect([calls['remembered'], mine === theirs]).toEqual([1, false]);
    expect((await read(theirs, 'bob')).error).toBeUndefined();
    expect((await read(mine, 'bob')).error).toBeDefined();
  });

  it('is found by clients of the older revisions as well', async () => {
    const session = await McpSession.open(`${stage.gateway.url}/mcp`, {}, headers.ann);
    const templates = (await session.call('resources/templates/list')) as { resourceTemplates: object[] };
    expect(templates.resourceTemplates).toContainEqual(
      expect.objectContaining({ uriTemplate: 'achilles://results/{id}{?offset,length,lines,select}' }),
    );
    const result = (await session.call('tools/call', { name: 'lines', arguments: {} })) as ToolResult;
    const answer = (await session.call('resources/read', { uri: `${linkIn(result)}?lines=2-2` })) as {
      contents: object[];
    };
    expect(answer.contents).toEqual([expect.objectContaining({ text: 'line 2\n' })]);
  });

  it('and its template is listed', async () => {
    const { result } = await mcp().ask('resources/templates/list');
    expect((result!['resourceTemplates'] as { name: string }[]).map(({ name }) => name)).toContain('result');
  });
});

describe('a part of a result', () => {
  it('is all that is answered', async () => {
    const result = await call('selectable', { achilles_select: 'rows[:2].name' });
    expect(result).toMatchObject({
      content: [{ text: '["row 0 é","row 1 é"]' }],
      structuredContent: ['row 0 é', 'row 1 é'],
    });
    expect(await call('selectable', { achilles_select: 'total' })).toMatchObject({ structuredContent: 2_000 });
    // One call for both: what is selected is no matter of the tool's.
    expect(calls['selectable']).toBe(1);
  });

  it('may be of what does not spill, too', async () => {
    expect(await call('unspilled', { achilles_select: 'rows[1999].id' })).toMatchObject({ structuredContent: 1_999 });
    expect((await call('unspilled')).content.at(-1)!['text']).toContain('has cut this result');
  });

  it('that is large itself is spilled', async () => {
    const result = await call('selectable', { achilles_select: 'rows[*].name' });
    expect(said(result)).toContain('JSON, list of 2000');
    expect(texts(await read(`${linkIn(result)}?select=%5B5%5D`))).toEqual(['"row 5 é"']);
  });

  it('that is not there says what is', async () => {
    const result = await call('selectable', { achilles_select: 'row[*].name' });
    expect(said(result)).toBe(
      `achilles_select selected nothing. The result is: ${said(result).split('The result is: ')[1]}`,
    );
    expect(said(result)).toContain('- rows: list of 2000, each with id, name, tags');
  });

  it.each([
    ['a[', /achilles_select is no JMESPath/],
    [5, /achilles_select must be a string/],
    ['', /achilles_select must not be empty/],
    ["replace(@, 'a', 'aa')", /uses replace/],
  ])('by %j is refused before the call', async (expression, reason) => {
    const before = calls['plain'] ?? 0;
    const result = await call('plain', { achilles_select: expression });
    expect([result.isError, said(result), calls['plain'] ?? 0]).toEqual([true, expect.stringMatching(reason), before]);
  });

  it('of what is no JSON is a failure that shows nothing of it', async () => {
    const result = await call('plain', { achilles_select: 'a' });
    expect(result.isError).toBe(true);
    expect(said(result)).toBe(
      'achilles_select could not be applied: the result is no JSON. Nothing of the result is shown.',
    );
  });

  it('is an argument where it is on, and nowhere else', async () => {
    const { result } = await mcp().ask('tools/list');
    const tools = result!['tools'] as { name: string; inputSchema: { properties?: object } }[];
    const names = tools
      .filter(({ inputSchema }) => 'achilles_select' in (inputSchema.properties ?? {}))
      .map(({ name }) => name);
    expect(names).toEqual(['plain', 'selectable', 'unspilled']);
  });
});

describe('a result that was told already', () => {
  const again = async (name: string, session: string, args: object = {}) =>
    call(name, args, { 'achilles-session': session });
  /** What was told is noted off the call's way. */
  async function untilShort(name: string, session: string): Promise<ToolResult> {
    for (let tries = 0; tries < 100; tries++) {
      const result = await again(name, session);
      if (said(result).startsWith('[Identical')) return result;
      await delay(20);
    }
    throw new Error('it is told again and again');
  }

  it('is told by a reference, within one session', async () => {
    expect(said(await again('again', 's1'))).toBe('y'.repeat(5_000));
    const reference = await untilShort('again', 's1');
    expect(said(reference)).toMatch(/^\[Identical to the result of again \d+ seconds ago, so it is not repeated\./);
    expect(texts(await read(linkIn(reference)))).toEqual(['y'.repeat(5_000)]);
    expect(said(await again('again', 's2'))).toBe('y'.repeat(5_000));
    expect(said(await again('again', 's1', { achilles_full: true }))).toBe('y'.repeat(5_000));
  });

  it('is another’s news', async () => {
    await again('again', 's3');
    await untilShort('again', 's3');
    const { result } = await mcp('bob', { 'achilles-session': 's3' }).call('again');
    expect(said(result as unknown as ToolResult)).toBe('y'.repeat(5_000));
  });

  it('leads to where it was kept, where it was too large', async () => {
    const first = linkIn(await again('again_large', 's4'));
    expect(linkIn(await untilShort('again_large', 's4'))).toBe(first);
  });

  it('is told again where it is short, and over REST', async () => {
    for (let i = 0; i < 5; i++) expect(said(await again('short', 's5'))).toBe('short');
    const { url } = stage.gateway;
    const rest = await callTool({ url }, 'again', {}, { headers: { ...headers.ann, 'achilles-session': 's1' } });
    expect(said(rest.body as unknown as ToolResult)).toBe('y'.repeat(5_000));
  });

  it.each([['yes'], [1]])('is refused with achilles_full %j', async (full) => {
    expect(said(await call('again', { achilles_full: full }))).toContain('achilles_full must be a boolean');
  });
});

it('says what it was good for', async () => {
  const economies = await stage.metric('achilles_result_economies_total');
  const saved = await stage.metric('achilles_result_saved_bytes_total');
  expect(Math.min(economies['spill']!, economies['select']!, economies['deduplicate']!)).toBeGreaterThan(0);
  expect(saved['spill']).toBeGreaterThan(100_000);
  expect(Object.keys(await stage.metric('achilles_result_reads_total'))).toEqual(['found', 'missing']);
  const [bytes] = Object.values(await stage.metric('achilles_result_store_bytes'));
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThanOrEqual(33_554_432);
});
