import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/embedded-stage.js';
import { GatewayProcess } from '../support/gateway-process.js';
import { IdentityProvider } from '../support/identity-provider.js';
import { ModernClient } from '../support/modern-client.js';
import { TestDatabase } from '../support/postgres.js';

const TOKEN = 'K7vQ2m9Xz4Lw8Rt1Yp6Ns3Jd5Hf0Gb7Ca';
const OTHER = 'Zq4Wn8Ge2Xc6Vb0Mt5Ru9Ik3Pl7Oy1Fh';
/** What is called: it reads, and needs the right. */
const LIST = 'dynamic.tool.list';

let stack: AsyncDisposableStack;
let provider: IdentityProvider;
let database: TestDatabase;
let gateway: GatewayProcess;
let folder: string;
/** Everything that any client of these tests was answered. */
const answers: string[] = [];
const bearers: Record<string, string> = {};

beforeAll(async () => {
  stack = new AsyncDisposableStack();
  provider = stack.use(await IdentityProvider.start());
  database = stack.use(await TestDatabase.create());
  folder = await mkdtemp(join(tmpdir(), 'achilles-admin-token-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  gateway = stack.use(
    await GatewayProcess.start({
      ...provider.settings,
      DATABASE_URL: database.url,
      LOG_LEVEL: 'trace',
      AUDIT_FILE: join(folder, 'audit.jsonl'),
      MCP_ADMIN_TOKEN: TOKEN,
      MCP_REQUIRE_ADMIN_TOKEN: 'true',
      MCP_PROFILE: 'enterprise',
    }),
  );
  bearers['user'] = await provider.token({ scopes: ['tools:call', 'tools:run'] });
  bearers['admin'] = await provider.token({ scopes: ['tools:admin'] });
  bearers['nobody'] = await provider.token({ scopes: ['sessions:read'] });
});
afterAll(() => stack.disposeAsync());

/** Every row of every table. */
async function everythingKept(): Promise<string> {
  const tables = await database.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  let text = '';
  for (const { name } of tables) {
    const rows = await database.query<{ row: string }>(`select row_to_json(t)::text as row from ${name} t`);
    text += rows.map(({ row }) => row).join('\n');
  }
  return text;
}

type Who = 'user' | 'admin' | 'nobody';
type Headers = Readonly<Record<string, string>>;

async function overRest(who: Who, tool: string, args: object, headers: Headers = {}): Promise<string> {
  return raw(who, tool, JSON.stringify({ arguments: args }), headers);
}

async function raw(who: Who, tool: string, body: string, headers: Headers = {}): Promise<string> {
  const response = await fetch(`${gateway.url}/v1/tools/${tool}/call`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${bearers[who]}`, ...headers },
    body,
  });
  const text = await response.text();
  answers.push(text);
  return text;
}

async function overMcp(who: Who, tool: string, args: object, headers: Headers = {}): Promise<string> {
  const client = new ModernClient(`${gateway.url}/mcp`, { authorization: `Bearer ${bearers[who]}`, ...headers });
  const { result, error } = await client.call(tool, args);
  const text = JSON.stringify({ result, error });
  answers.push(text);
  return text;
}

const WAYS = { rest: overRest, mcp: overMcp };

const outcomeOf = (answer: string) => {
  if (/route_not_found/.test(answer)) return 'no such route';
  if (/admin_right_needed/.test(answer)) return 'refused';
  return /tool_not_found|ToolNotFound|There is no tool/.test(answer) ? 'not there' : 'let in';
};

const mixed = `${TOKEN.slice(0, -1)}а`;

const ARGUMENTS: readonly (readonly [what: string, shown: unknown, lets: boolean])[] = [
  ['the token', TOKEN, true],
  ['another token', OTHER, false],
  ['the start of it', TOKEN.slice(0, -1), false],
  ['more than it', `${TOKEN}x`, false],
  ['it in other letters', TOKEN.toLowerCase(), false],
  ['it with a space', ` ${TOKEN}`, false],
  ['one letter', 'K', false],
  ['nothing', '', false],
  ['null', null, false],
  ['a list of it', [TOKEN], false],
  ['an object of it', { toString: TOKEN, value: TOKEN }, false],
  ['a number', 0, false],
  ['true', true, false],
  ['a letter that only looks like its last', mixed, false],
  ['what is no text at all', '\ud800\udc00\u0000', false],
  ['very much', 'x'.repeat(100_000), false],
];

describe.each(['rest', 'mcp'] as const)('over %s', (way) => {
  const call = WAYS[way];

  it.each(ARGUMENTS)('as the argument, %s lets in or not, and the scope always does', async (_what, shown, lets) => {
    expect(outcomeOf(await call('user', LIST, { adminToken: shown }))).toBe(lets ? 'let in' : 'refused');
    expect(outcomeOf(await call('admin', LIST, { adminToken: shown }))).toBe('let in');
  });

  it.each([
    ['the token', TOKEN, true],
    ['another token', OTHER, false],
    ['the start of it', TOKEN.slice(0, -1), false],
    ['more than it', `${TOKEN}x`, false],
    ['it twice', `${TOKEN}, ${TOKEN}`, false],
    ['nothing', '', false],
    ['a letter beyond ASCII', `${TOKEN.slice(0, -1)}ä`, false],
    ['it as a bearer token', `Bearer ${TOKEN}`, false],
  ])('as the header, %s lets in or not, and refuses nobody', async (_what, shown, lets) => {
    const headers = { 'x-admin-token': shown };
    expect(outcomeOf(await call('user', LIST, {}, headers))).toBe(lets ? 'let in' : 'refused');
    expect(outcomeOf(await call('admin', LIST, {}, headers))).toBe('let in');
    expect(await call('user', 'dev.echo', { message: 'still there' }, headers)).toContain('still there');
  });

  it('lets nobody in who shows none', async () => {
    expect(outcomeOf(await call('user', LIST, {}))).toBe('refused');
    expect(outcomeOf(await call('nobody', LIST, {}))).toBe('not there');
    expect(outcomeOf(await call('nobody', LIST, { adminToken: TOKEN }))).toBe('not there');
  });

  it('counts for the request that shows it, and not for the next', async () => {
    expect(outcomeOf(await call('user', LIST, {}, { 'x-admin-token': TOKEN }))).toBe('let in');
    expect(outcomeOf(await call('user', LIST, {}))).toBe('refused');
  });

  it('does not publish', async () => {
    const args = { name: 'abc', published: true, adminToken: TOKEN };
    expect(outcomeOf(await call('user', 'dynamic.tool.publish', args, { 'x-admin-token': TOKEN }))).toBe('not there');
    expect(outcomeOf(await call('admin', 'dynamic.tool.publish', args))).toBe('not there');
  });

  it('is taken by sandbox tools, which refuse another', async () => {
    const args = { sessionId: 's', commands: ['true'] };
    expect(outcomeOf(await call('user', 'sandbox.exec', args))).toBe('let in');
    expect(outcomeOf(await call('user', 'sandbox.exec', { ...args, adminToken: TOKEN }))).toBe('let in');
    expect(outcomeOf(await call('user', 'sandbox.exec', { ...args, adminToken: OTHER }))).toBe('refused');
  });
});

it('shows the list of tools to who shows it, and another to who does not', async () => {
  const listed = async (who: Who, headers: Headers = {}) => {
    const client = new ModernClient(`${gateway.url}/mcp`, { authorization: `Bearer ${bearers[who]}`, ...headers });
    const { result } = await client.ask('tools/list');
    return (result!['tools'] as { name: string }[]).map(({ name }) => name);
  };
  for (let round = 0; round < 2; round++) {
    expect(await listed('user')).not.toContain('system.runtime_config');
    expect(await listed('user', { 'x-admin-token': TOKEN })).toContain('system.runtime_config');
    expect(await listed('user', { 'x-admin-token': OTHER })).not.toContain('system.runtime_config');
  }
  expect(await listed('admin')).toContain(LIST);
  expect(await listed('nobody')).not.toContain(LIST);
});

describe('the token itself', () => {
  const spelled = (token: string) => token.replace(/./g, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`);

  it('is not told in any answer', async () => {
    for (const call of Object.values(WAYS)) {
      await call('user', 'dynamic.tool.nope', { adminToken: TOKEN });
      await call('user', 'system.health', { adminToken: TOKEN });
      await call('user', 'dynamic.tool.get', { adminToken: TOKEN });
      await call('user', 'dynamic.tool.get', { name: '!', adminToken: TOKEN });
      await call('user', 'dynamic.tool.create', { adminToken: TOKEN, tool: { adminToken: TOKEN } });
      await call('user', 'sandbox.exec', { sessionId: 's', commands: ['true'], adminToken: TOKEN });
    }
    for (const body of [
      `{"arguments":{"adminToken":"${TOKEN}"x}}`,
      `{"arguments":{"adminToken":"${TOKEN}`,
      `{"arguments":{"adminToken":${TOKEN}}}`,
      `{"arguments":{"adminToken":"${TOKEN}","adminToken":"${TOKEN}"}}`,
      `{"arguments":{"admin\\u0054oken":"${TOKEN}"}}`,
      `{"arguments":{"adminToken":"${spelled(TOKEN)}"}}`,
      `{"adminToken":"${TOKEN}","arguments":{}}`,
      `{"arguments":["${TOKEN}"]}`,
    ]) {
      await raw('user', LIST, body);
    }
    expect(answers.length).toBeGreaterThan(100);
    for (const answer of answers) expect(answer).not.toContain(TOKEN.slice(0, 12));
  });

  it('opens however it is spelled', async () => {
    expect(outcomeOf(await raw('user', LIST, `{"arguments":{"admin\\u0054oken":"${spelled(TOKEN)}"}}`))).toBe('let in');
  });

  it('is in no record, and neither is its hash or that of a body with it', async () => {
    const body = JSON.stringify({ arguments: { adminToken: TOKEN } });
    await raw('user', LIST, body, { 'x-request-id': 'with-the-token' });
    await raw('user', LIST, JSON.stringify({ arguments: { adminToken: OTHER } }), { 'x-request-id': 'with-another' });
    const text = await eventually(async () => {
      const file = await readFile(join(folder, 'audit.jsonl'), 'utf8');
      expect(file.match(/"tool":"sandbox\.exec"/g)?.length).toBeGreaterThan(5);
      expect(file).toContain('with-another');
      return file;
    });
    expect(text).not.toContain(TOKEN.slice(0, 12));
    for (const hashed of [TOKEN, body]) {
      expect(text).not.toContain(createHash('sha256').update(hashed).digest('hex'));
    }
    const records = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const hashOf = (id: string) => records.find(({ request_id }) => request_id === id)!['input_sha256'];
    expect(hashOf('with-the-token')).toMatch(/^[0-9a-f]{64}$/);
    expect(hashOf('with-the-token')).toBe(hashOf('with-another'));
    expect(records.some(({ reason }) => reason === 'admin_right_needed')).toBe(true);
  });

  it('is in no line of the log', () => {
    expect(gateway.log.length).toBeGreaterThan(0);
    expect(gateway.log).not.toContain(TOKEN.slice(0, 12));
  });

  it('is in nothing that was captured', async () => {
    await eventually(async () => {
      expect(await everythingKept()).toContain('sandbox.exec');
    });
    expect(await everythingKept()).not.toContain(TOKEN.slice(0, 12));
  });

  it('is counted where another one was shown', async () => {
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    for (const where of ['argument', 'header']) {
      const [, count] =
        new RegExp(`achilles_admin_token_refused_total\\{[^}]*where="${where}"[^}]*\\} (\\d+)`).exec(metrics) ?? [];
      expect(Number(count)).toBeGreaterThan(5);
    }
    expect(metrics).not.toContain(TOKEN.slice(0, 12));
  });
});
