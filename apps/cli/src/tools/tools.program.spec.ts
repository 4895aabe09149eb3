import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeGateway, problem } from '../../test/fake-gateway.js';
import { ScratchFolder } from '../../test/scratch-folder.js';
import { testTerminal } from '../../test/test-terminal.js';
import { createProgram } from '../program.js';

const BASE = '/v1/dynamic-tools';
const SHA = 'a'.repeat(64);
const aRecord = (more: object = {}) => ({
  name: 'slugify',
  description: 'Makes a slug.',
  engine: 'wasm',
  timeoutMs: 30_000,
  dependencies: [],
  tier: 'bronze',
  scopes: ['tools:call'],
  hostFunctionsGranted: false,
  enabled: true,
  published: false,
  revision: 7,
  version: 3,
  latestVersion: 3,
  codeSizeBytes: 8,
  codeSha256: SHA,
  createdAt: '2026-03-01T09:00:00.000Z',
  createdBy: 'ada',
  updatedAt: '2026-03-02T09:00:00.000Z',
  updatedBy: 'bob',
  ...more,
});

let gateway: FakeGateway;
let folder: ScratchFolder;
beforeEach(async () => {
  gateway = await FakeGateway.start();
  folder = await ScratchFolder.create();
  gateway.answers.set(`GET ${BASE}/slugify`, aRecord({ code: 'return 1' }));
});
afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function run(args: readonly string[], desk = { stdin: Readable.from([]), editor: 'false' }) {
  const terminal = testTerminal();
  let code: number | undefined;
  const exit = (given: number) => (code = given);
  const program = createProgram({ version: '1', defaultUser: 'ada', terminal, exit, desk });
  const failure = await program
    .parseAsync(['tools', ...args, '--url', gateway.url.href], { from: 'user' })
    .then(() => undefined)
    .catch((error: Error) => error.message);
  return { code, out: terminal.out(), err: terminal.err(), failure };
}

/** What was changed: each call with its body, and the revision that it names. */
function changes(answer: unknown = aRecord(), status = 200): object[] {
  const seen: object[] = [];
  gateway.interfere = (call, body) => {
    if (call.startsWith('GET')) return undefined;
    const { 'if-match': revision } = gateway.headers;
    seen.push({ call, ...body, ...(revision !== undefined && { revision }) });
    return [status, answer];
  };
  return seen;
}

describe('achilles tools list and get', () => {
  it('show all of them, however many pages there are', async () => {
    const pages = [
      { items: [aRecord()], next_cursor: 'x' },
      {
        items: [aRecord({ name: 'held', version: null, latestVersion: 1, published: true, enabled: false })],
        next_cursor: null,
      },
    ];
    gateway.answers.set(`GET ${BASE}`, () => pages.shift());
    const { code, out } = await run(['list']);
    expect([code, pages]).toEqual([0, []]);
    expect(out).toMatch(/slugify │ wasm\s+│ enabled\s+│ 3\s+│ 2026-03-02/);
    expect(out).toMatch(/held\s+│ wasm\s+│ disabled, waits for approval, published │ none, latest 1/);
  });

  it('say what to do where there are none', async () => {
    gateway.answers.set(`GET ${BASE}`, { items: [], next_cursor: null });
    expect((await run(['list'])).out).toContain('achilles tools create');
  });

  it('show one, its code, and what the gateway answers', async () => {
    const { out } = await run(['get', 'slugify']);
    expect(out).toMatch(/^Name +slugify\nState +enabled\nVersion +3, revision 7\nEngine +wasm, 30000 ms\n/);
    expect((await run(['get', 'slugify', '--code'])).out).toBe('return 1');
    expect(JSON.parse((await run(['get', 'slugify', '--json'])).out)).toMatchObject({ code: 'return 1' });
    gateway.answers.set(`GET ${BASE}/slugify/versions/2`, aRecord({ code: 'return 0' }));
    expect((await run(['get', 'slugify', '--at', '2', '--code'])).out).toBe('return 0');
  });

  it('bring the admin token along, and never print it', async () => {
    const { out, err } = await run(['get', 'slugify', '--admin-token', 's'.repeat(32)]);
    expect(gateway.headers['x-admin-token']).toBe('s'.repeat(32));
    expect(out + err).not.toContain('sss');
  });
});

describe('achilles tools create', () => {
  it('makes one of files and options', async () => {
    const seen = changes(aRecord(), 201);
    const code = await folder.write('slugify.js', 'return args.text');
    const schema = await folder.write('schema.json', '{"type":"object"}');
    const asked = [
      `--description|Makes a slug.|--code-file|${code}|--schema|${schema}|--title|Slugs|--disabled`,
      '--engine|docker|--image|node:lts-slim|--timeout|5000|--dependency|zod@4.0.0|@scope/a@^1',
      '--fetch-host|a.example|b.example|--call-tool|docs__search|--kv',
      '--tier|gold|--scope|tools:call|sessions:read',
    ];
    const options = asked.flatMap((line) => line.split('|'));
    const { code: exit, out } = await run(['create', 'slugify', ...options]);
    expect([exit, out]).toEqual([0, 'slugify is made.\n']);
    expect(seen).toEqual([
      {
        call: `POST ${BASE}`,
        name: 'slugify',
        title: 'Slugs',
        description: 'Makes a slug.',
        inputSchema: { type: 'object' },
        code: 'return args.text',
        engine: 'docker',
        image: 'node:lts-slim',
        dependencies: [
          { name: 'zod', version: '4.0.0' },
          { name: '@scope/a', version: '^1' },
        ],
        timeoutMs: 5_000,
        tier: 'gold',
        scopes: ['tools:call', 'sessions:read'],
        hostFunctions: { fetch: { hosts: ['a.example', 'b.example'] }, callTool: { tools: ['docs__search'] }, kv: {} },
        enabled: false,
      },
    ]);
  });

  it('reads code from standard input, and says when it waits', async () => {
    const seen = changes(aRecord({ version: null, latestVersion: 1 }), 201);
    const desk = { stdin: Readable.from(['return ', '2']), editor: 'false' };
    const { out } = await run(['create', 'slugify', '--description', 'D.', '--code-file', '-'], desk);
    expect([seen, out]).toEqual([
      [{ call: `POST ${BASE}`, name: 'slugify', description: 'D.', code: 'return 2' }],
      'slugify is made, and waits for approval.\n',
    ]);
  });

  it.each<[string[], RegExp]>([
    [['--code-file', 'no-such-file'], /^no-such-file cannot be read \(ENOENT\)\.$/],
    [['--schema', 'README.md'], /^README\.md must be JSON: /],
    [['--schema', 'test/fixtures/trajectories'], /cannot be read \(EISDIR\)/],
    [['--dependency', 'zod'], /^Say which version of zod: --dependency zod@1\.2\.3$/],
    [['--dependency', '@scope/a'], /^Say which version of @scope\/a/],
    [['--dependency', 'zod@'], /^Say which version/],
  ])('asks the gateway nothing with %j', async (options, words) => {
    const { failure } = await run(['create', 'slugify', ...options]);
    expect(failure).toMatch(words);
    expect(gateway.calls).toEqual([]);
  });

  it('is tried once: what the gateway has made already it would refuse', async () => {
    gateway.interfere = () => problem(503, 'store_unavailable', 'Away.', { 'retry-after': '0' });
    expect((await run(['create', 'slugify'])).failure).toContain('503 store_unavailable');
    expect(gateway.calls).toHaveLength(1);
  });
});

describe('achilles tools enable, disable, delete', () => {
  it.each([
    ['enable', [], 'POST', '/enable', 'slugify is enabled.\n'],
    ['disable', ['--revision', '7'], 'POST', '/disable', 'slugify is disabled.\n'],
    ['delete', ['--revision', '7'], 'DELETE', '', 'slugify is deleted. A rollback brings it back.\n'],
  ])('%s %j', async (word, options, method, path, said) => {
    const seen = changes(word === 'delete' ? {} : aRecord());
    expect(await run([word, 'slugify', ...options])).toMatchObject({ code: 0, out: said });
    expect(seen).toEqual([
      { call: `${method} ${BASE}/slugify${path}`, ...(options.length > 0 && { revision: '"7"' }) },
    ]);
  });
});

describe('achilles tools run', () => {
  const call = 'POST /v1/tools/slugify/call';
  const outcome = { ok: true, result: { slug: 'a-b' }, durationMs: 3, logs: ['a\u001b[2J log', 'b'] };

  it('calls a tool: the result is on stdout, what it logged on stderr', async () => {
    const seen = changes({ content: [], structuredContent: outcome });
    const { code, out, err } = await run(['run', 'slugify', '--args', '{"text":"A b"}']);
    expect([code, JSON.parse(out), err]).toEqual([0, { slug: 'a-b' }, 'a<U+001B>[2J log\nb\n']);
    expect(seen).toEqual([{ call, arguments: { text: 'A b' } }]);
  });

  it('runs code that no tool holds', async () => {
    const seen = changes(outcome);
    const file = await folder.write('f.js', 'return args');
    await run(['run', '--code-file', file, '--args', '[1]', '--timeout', '2000', '--engine', 'wasm']);
    expect(seen).toEqual([
      { call: `POST ${BASE}/run`, code: 'return args', args: [1], timeoutMs: 2_000, engine: 'wasm' },
    ]);
  });

  it('ends with 1 when the code fails, and says why', async () => {
    const failed = { ok: false, error: { kind: 'thrown', message: 'Error: no luck' }, durationMs: 3, logs: [] };
    changes({ content: [], structuredContent: failed, isError: true });
    expect(await run(['run', 'slugify'])).toMatchObject({
      code: 1,
      out: '',
      err: 'achilles: thrown: Error: no luck\n',
    });
    expect(await run(['run', 'slugify', '--json'])).toMatchObject({ code: 1, err: '' });
  });

  it('shows what another tool answers', async () => {
    changes({ content: [{ type: 'text', text: 'done' }, { type: 'image' }] });
    expect(await run(['run', 'slugify'])).toMatchObject({ code: 0, out: 'done\n(image)\n' });
  });

  it('runs nothing twice', async () => {
    gateway.interfere = () => problem(503, 'sandbox_busy', 'Every sandbox is busy.', { 'retry-after': '0' });
    expect((await run(['run', 'slugify'])).failure).toContain('503 sandbox_busy: Every sandbox is busy.');
    gateway.interfere = () => 'reset after';
    expect((await run(['run', 'slugify'])).failure).toBeDefined();
    expect(gateway.calls).toEqual([call, call]);
  });

  it.each<[string[], RegExp]>([
    [[], /^Say what to run/],
    [['slugify', '--code-file', 'f.js'], /^Say what to run/],
    [['slugify', '--args', '{'], /^--args must be JSON: /],
    [['slugify', '--args', '[1]'], /^--args of a tool must be an object\.$/],
    [['slugify', '--engine', 'docker'], /go with --code-file/],
  ])('asks the gateway nothing with %j', async (args, words) => {
    expect((await run(['run', ...args])).failure).toMatch(words);
    expect(gateway.calls).toEqual([]);
  });
});
