import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AuditRecord } from '#audit/audit-record.js';
import { isInputRequired, type ToolCall } from '#gateway/tools/tool.js';
import { InvalidArguments } from '#gateway/tools/tools.errors.js';
import { Api } from '../support/api.js';
import { AuthStage } from '../support/auth-stage.js';
import { eventually } from '../support/embedded-stage.js';
import { forge } from '../support/forge.js';
import { McpSession } from '../support/legacy-mcp.js';
import { ModernClient } from '../support/modern-client.js';
import { aTool, sourceOf, text } from '../support/scripted-tools.js';

const ASK = {
  method: 'elicitation/create',
  params: { message: 'sure?', requestedSchema: { type: 'object' } },
} as const;

/** What the last call of each tool got. */
const calls = new Map<string, ToolCall>();
const noted = (call: ToolCall) => {
  calls.set(call.tool.definition.name, call);
  return Promise.resolve(text(JSON.stringify(call.arguments)));
};

const SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string', 'x-mcp-header': 'City' }, days: { type: 'integer' } },
  required: ['city'],
  vendor: { kept: true },
};

const TOOLS = [
  aTool('weather__forecast', {
    definition: { description: 'Tells the weather of the coming days. More of it here.', inputSchema: SCHEMA },
    upstream: 'weather',
    check: (given) => {
      if (typeof given['city'] === 'string') return { days: 3, ...given };
      throw new InvalidArguments([{ field: 'city', code: 'required', message: 'is required' }]);
    },
    call: noted,
  }),
  aTool('mail__send', { definition: { description: 'Sends a letter.' }, upstream: 'mail', call: noted }),
  aTool('mail__send_for_gold', { definition: { description: 'Sends a letter.' }, tier: 'gold', call: noted }),
  aTool('mail__send_as_root', { definition: { description: 'Sends a letter.' }, scopes: ['root'], call: noted }),
  aTool('mail__send_of_other', { definition: { description: 'Sends a letter.' }, tenants: new Set(['other']) }),
  aTool('limited', { call: noted }),
  aTool('asking', {
    call: ({ channel }) =>
      Promise.resolve(
        channel.inputResponses
          ? text(`${channel.requestState} ${JSON.stringify(channel.inputResponses['sure'])}`)
          : { resultType: 'input_required', inputRequests: { sure: ASK }, requestState: 'kept' },
      ),
  }),
  aTool('telling', {
    call: ({ channel }) => {
      channel.progress(1, 2, 'half');
      return Promise.resolve(text('told'));
    },
  }),
  aTool('search_tools', { call: noted }),
];

let stage: AuthStage;
beforeAll(async () => {
  const settings = { MCP_TOOL_SEARCH: 'true', RATE_LIMITS_FILE: 'test/fixtures/limited-tool.yaml' };
  stage = await AuthStage.open(settings, { sources: [sourceOf(TOOLS)] });
});
afterAll(() => stage[Symbol.asyncDispose]());

const CAPABILITIES = { elicitation: {} };
const authorization = (claims: object = {}) =>
  `Bearer ${forge(stage.provider, { claims: { tier: 'silver', scope: 'tools:call', ...claims } })}`;
const as = (claims: object = {}) =>
  new ModernClient(`${stage.gateway.url}/mcp`, { authorization: authorization(claims) });

const saidBy = async (client: ModernClient, name: string, args: object): Promise<string> =>
  (await client.call(name, args)).result!['content'][0].text as string;
const search = (query: string, claims: object = {}, more: object = {}) =>
  saidBy(as(claims), 'search_tools', { query, ...more });

describe('the list', () => {
  const NAMES = ['call_tool', 'describe_tool', 'search_tools'];

  it('is three tools, for clients of both eras', async () => {
    const { result } = await as().ask('tools/list');
    expect(result!['tools'].map(({ name }: { name: string }) => name)).toEqual(NAMES);
    const session = await McpSession.open(`${stage.gateway.url}/mcp`, {}, { authorization: authorization() });
    const listed = (await session.call('tools/list')) as { tools: { name: string }[] };
    expect(listed.tools.map(({ name }) => name)).toEqual(NAMES);
  });

  it('is whole for those who speak no MCP', async () => {
    const api = new Api(stage.gateway.url, { authorization: authorization() });
    const { body } = await api.get<{ tools: { name: string }[] }>('/v1/tools');
    const names = body.tools.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['weather__forecast', 'mail__send']));
    expect(names).not.toContain('call_tool');
  });
});

describe('search_tools', () => {
  it('tells a line of each: its name, what it must be given, what it does', async () => {
    expect((await search('weather forecast')).split('\n')[0]).toBe(
      'weather__forecast(city): Tells the weather of the coming days.',
    );
  });

  it.each<[string, object, readonly string[]]>([
    ['silver', {}, ['mail__send']],
    ['gold', { tier: 'gold' }, ['mail__send', 'mail__send_for_gold']],
    ['a scope more', { scope: 'tools:call root' }, ['mail__send', 'mail__send_as_root']],
    ['another tenant', { tenant: 'other' }, ['mail__send', 'mail__send_of_other']],
  ])('finds what the caller may see: %s', async (_who, claims, expected) => {
    const names = (await search('send letter', claims)).split('\n').map((line) => line.split('(')[0]);
    expect(names.filter((name) => name!.startsWith('mail'))).toEqual(expect.arrayContaining([...expected]));
    expect(names.filter((name) => name!.startsWith('mail'))).toHaveLength(expected.length);
  });

  it('finds as many as are wanted, of the server that is wanted', async () => {
    expect((await search('send letter tool', { tier: 'gold' }, { limit: 1 })).split('\n')).toHaveLength(1);
    expect(await search('send weather letter', {}, { upstream: 'mail' })).not.toContain('weather__');
  });

  it('says what there is where nothing fits', async () => {
    expect(await search('quetzalcoatlus')).toMatch(/^No tool fits\. .*There are \d+ tools, of: .*mail \(1\)/);
    expect(await search('letter', {}, { upstream: 'nowhere' })).toMatch(/^No tool fits/);
  });

  it.each<[object, RegExp]>([
    [{}, /query is required/],
    [{ query: '' }, /query must be a text of 1 to 500 characters/],
    [{ query: 'x'.repeat(501) }, /query must be a text/],
    [{ query: 7 }, /query must be a text/],
    [{ query: 'x', limit: 0 }, /limit must be a whole number from 1 to 25/],
    [{ query: 'x', limit: 2.5 }, /limit must be/],
    [{ query: 'x', limit: '5' }, /limit must be/],
    [{ query: 'x', q: 1 }, /q is not an argument of this tool, which takes query, limit, upstream/],
  ])('refuses %j in words for a model', async (args, expected) => {
    const { result } = await as().call('search_tools', args);
    expect([result!['isError'], result!['content'][0].text]).toEqual([true, expect.stringMatching(expected)]);
  });
});

describe('describe_tool', () => {
  it('shows the whole definition as it is', async () => {
    expect(JSON.parse(await saidBy(as(), 'describe_tool', { name: 'weather__forecast' }))).toEqual(
      TOOLS[0]!.definition,
    );
  });

  it.each(['mail__send_for_gold', 'mail__send_as_root', 'mail__send_of_other', 'nothing'])(
    'tells of %s what it tells of what there is not',
    async (name) => {
      const { result } = await as().call('describe_tool', { name });
      expect(result!['isError']).toBe(true);
      const told = (result!['content'][0].text as string).replace(name, '…');
      expect(told).toMatch(/^ToolNotFound: There is no tool named "…" here\. /);
      expect(told).not.toMatch(/gold|root|other/);
    },
  );
});

describe('call_tool', () => {
  const call = (name: string, args: object = {}, claims: object = {}) =>
    as(claims).call('call_tool', { name, arguments: args });

  it('is the call of that tool, its arguments checked and filled in', async () => {
    const { result } = await call('weather__forecast', { city: 'Ulm' });
    expect(JSON.parse(result!['content'][0].text)).toEqual({ city: 'Ulm', days: 3 });
    expect(calls.get('weather__forecast')!.tool).toBe(TOOLS[0]);
  });

  it.each<[string, object, RegExp]>([
    ['what the tool refuses', { name: 'weather__forecast', arguments: {} }, /ValidationError: city is required/],
    ['no arguments', { name: 'weather__forecast' }, /ValidationError: city is required/],
    ['a name that is nearly right', { name: 'weather_forecasts' }, /Names like it: "weather__forecast"/],
    ['a name that is nobody’s', { name: 'zzzzzz' }, /Find its name with search_tools/],
    ['no name', {}, /name is required/],
    [
      'arguments as JSON',
      { name: 'mail__send', arguments: '{}' },
      /arguments must be an object: .* not JSON in a text/,
    ],
    ['arguments beside it', { name: 'mail__send', to: 'me' }, /to is not an argument of this tool/],
    ['a tool of a higher tier', { name: 'mail__send_for_gold' }, /ToolNotFound/],
    ['a tool of another scope', { name: 'mail__send_as_root' }, /ToolNotFound/],
    ['a tool of another tenant', { name: 'mail__send_of_other' }, /ToolNotFound/],
    ['itself', { name: 'call_tool' }, /ToolNotFound/],
  ])('says what is wrong with %s', async (_what, args, expected) => {
    const { result } = await as().call('call_tool', args);
    expect([result!['isError'], result!['content'][0].text]).toEqual([true, expect.stringMatching(expected)]);
  });

  it('reaches a tool that has the name of one that is shown', async () => {
    const { result } = await call('search_tools', { mine: 1 });
    expect(JSON.parse(result!['content'][0].text)).toEqual({ mine: 1 });
  });

  it('counts for the limit of the tool', async () => {
    const mine = { sub: 'eager' };
    expect((await call('limited', {}, mine)).result!['isError']).toBeUndefined();
    const { result } = await call('limited', {}, mine);
    expect(result!['content'][0].text).toMatch(/^RateLimitError/);
    expect((await as(mine).call('limited')).result!['content'][0].text).toMatch(/^RateLimitError/);
    expect((await call('mail__send', {}, mine)).result!['isError']).toBeUndefined();
  });

  it('is recorded as that tool, once', async () => {
    const id = 'tool-search-record';
    const args = { name: 'mail__send', arguments: {} };
    await as().ask('tools/call', { name: 'call_tool', arguments: args }, { headers: { 'x-request-id': id } });
    const records = async () => {
      const log = await readFile(join(stage.gateway.folder, 'audit.jsonl'), 'utf8');
      const lines = log.split('\n').slice(0, -1);
      return lines.map((line) => JSON.parse(line) as AuditRecord).filter((record) => record.request_id === id);
    };
    await eventually(async () => expect(await records()).not.toEqual([]));
    expect(await records()).toEqual([
      expect.objectContaining({ event: 'tool.call', tool: 'mail__send', upstream: 'mail', decision: 'granted' }),
    ]);
  });

  it('needs no header of the tool that it calls', async () => {
    const { status } = await call('weather__forecast', { city: 'Ulm' });
    expect(status).toBe(200);
  });

  it('tells of progress', async () => {
    const args = { name: 'telling', arguments: {} };
    const { before } = await as().call('call_tool', args, { meta: { progressToken: 'p' } });
    expect(before).toEqual([
      expect.objectContaining({ params: { progressToken: 'p', progress: 1, total: 2, message: 'half' } }),
    ]);
  });
});

describe('a tool that asks first', () => {
  const params = (tool: string, more: object = {}) => ({
    name: 'call_tool',
    arguments: { name: tool, arguments: {} },
    ...more,
  });
  const answers = { inputResponses: { sure: { action: 'accept', content: {} } } };

  it('asks through call_tool, and answers when its client comes back', async () => {
    const first = await as().ask('tools/call', params('asking'), { capabilities: CAPABILITIES });
    expect(isInputRequired(first.result!)).toBe(true);
    const { requestState } = first.result!;
    const second = await as().ask('tools/call', params('asking', { requestState, ...answers }), {
      capabilities: CAPABILITIES,
    });
    expect(second.result!['content'][0].text).toBe('kept {"action":"accept","content":{}}');
  });

  it.each<[string, () => Promise<{ readonly error?: { readonly code: number } }>]>([
    [
      'another tool behind call_tool',
      async () => as().ask('tools/call', params('mail__send', await state()), { capabilities: CAPABILITIES }),
    ],
    [
      'the tool itself',
      async () =>
        as().ask('tools/call', { name: 'asking', arguments: {}, ...(await state()) }, { capabilities: CAPABILITIES }),
    ],
    [
      'another caller',
      async () => as({ sub: 'eve' }).ask('tools/call', params('asking', await state()), { capabilities: CAPABILITIES }),
    ],
  ])('gives out a state that is none for %s', async (_what, ask) => expect((await ask()).error?.code).toBe(-32_602));

  async function state(): Promise<object> {
    const { result } = await as().ask('tools/call', params('asking'), { capabilities: CAPABILITIES });
    return { requestState: result!['requestState'], ...answers };
  }

  it('asks a client of an older revision', async () => {
    const headers = { authorization: authorization() };
    const session = await McpSession.open(`${stage.gateway.url}/mcp`, { capabilities: CAPABILITIES }, headers);
    let result: unknown;
    for await (const message of session.exchange('tools/call', params('asking'))) {
      if (message.method === 'elicitation/create') {
        await session.post({ jsonrpc: '2.0', id: message.id, result: { action: 'accept', content: {} } });
      } else if (message.result) result = message.result;
    }
    expect(result).toMatchObject({ content: [{ text: 'kept {"action":"accept","content":{}}' }] });
  });
});

it('a tool that the list leaves out is called by its name as ever', async () => {
  const { result } = await as().call('mail__send', { to: 'me' });
  expect(JSON.parse(result!['content'][0].text)).toEqual({ to: 'me' });
  expect((await as().call('mail__send_for_gold')).error).toMatchObject({ code: -32_602 });
});
