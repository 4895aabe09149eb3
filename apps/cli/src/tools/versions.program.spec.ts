import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeGateway, problem } from '../../test/fake-gateway.js';
import { testTerminal } from '../../test/test-terminal.js';
import { createProgram } from '../program.js';
import { painter } from '../upstreams/render-definitions.js';
import { renderDiff, type Side } from './render-diff.js';

const PATH = '/v1/dynamic-tools/slugify';
const aVersion = (version: number, more: object = {}) => ({
  version,
  state: 'approved',
  codeSha256: 'c'.repeat(64),
  createdAt: '2026-03-01T09:00:00.000Z',
  createdBy: 'ada',
  ...more,
});
const aRecord = (more: object = {}) => ({
  name: 'slugify',
  description: 'Makes a slug.',
  engine: 'wasm',
  revision: 7,
  version: 2,
  latestVersion: 3,
  code: 'const a = 1;\nreturn a',
  ...more,
});

let gateway: FakeGateway;
beforeEach(async () => {
  gateway = await FakeGateway.start();
  const versions = [aVersion(3, { state: 'pending', restored: 1, createdBy: 'bob' }), aVersion(2, { state: 'live' })];
  gateway.answers.set(`GET ${PATH}/versions`, { versions: [...versions, aVersion(1, { approvedBy: 'eve' })] });
  gateway.answers.set(`GET ${PATH}/versions/1`, aRecord({ description: 'Old.' }));
  gateway.answers.set(`GET ${PATH}/versions/2`, aRecord());
  gateway.answers.set(`GET ${PATH}/versions/3`, aRecord({ code: 'const a = 2;\nreturn a' }));
  gateway.answers.set(`GET ${PATH}`, aRecord({ code: 'const a = 2;\nreturn a', hostFunctions: { kv: {} } }));
});
afterEach(() => gateway[Symbol.asyncDispose]());

async function run(...args: string[]) {
  const terminal = testTerminal();
  let code: number | undefined;
  const program = createProgram({ version: '1', defaultUser: 'ada', terminal, exit: (given) => (code = given) });
  const failure = await program
    .parseAsync(['tools', ...args, '--url', gateway.url.href], { from: 'user' })
    .then(() => undefined)
    .catch((error: Error) => error.message);
  return { code, out: terminal.out(), failure };
}

/** What was changed: each call with its body and the revision that it names. */
function changes(more: object = {}): object[] {
  const seen: object[] = [];
  gateway.interfere = (call, body) => {
    if (call.startsWith('GET')) return undefined;
    const { 'if-match': revision } = gateway.headers;
    seen.push({ call: call.replace(PATH, ''), ...body, ...(revision !== undefined && { revision }) });
    return [200, aRecord({ version: 3, ...more })];
  };
  return seen;
}

it('achilles tools history shows who made which version, when, and the hash of its code', async () => {
  const { code, out } = await run('history', 'slugify');
  expect(code).toBe(0);
  expect(out).toMatch(/3\s+│ pending, as 1 │ bob │ 2026-03-01T09:00:00.000Z │\s+│ cccccccccccc │/);
  expect(out).toMatch(/1\s+│ approved\s+│ ada │ 2026-03-01T09:00:00.000Z │ eve\s+│ cccccccccccc │/);
});

describe('achilles tools diff', () => {
  const CODE = ['@@ -1,2 +1,2 @@', '-const a = 1;', '+const a = 2;', ' return a', ''].join('\n');

  it.each([[[]], [['2']], [['2', '3']]])('of %j is that of the code', async (versions) => {
    const { code, out } = await run('diff', 'slugify', ...versions);
    expect([code, out]).toEqual([0, `--- code of version 2\n+++ code of version 3\n${CODE}`]);
  });

  it('is that of the definition, too', async () => {
    const { out } = await run('diff', 'slugify', '1', '2');
    expect(out).toContain('--- definition of version 1\n+++ definition of version 2\n');
    expect(out).toContain('-  "description": "Old.",\n+  "description": "Makes a slug.",\n');
    expect(out).not.toContain('code of');
  });

  it('says when there is none', async () =>
    expect((await run('diff', 'slugify', '2', '2')).out).toBe('Versions 2 and 2 of slugify are alike.\n'));

  it('fails in one sentence', async () =>
    expect((await run('diff', 'slugify', '8', '9')).failure).toMatch(/^GET \S+ 404 \S+ [^\n]+$/));

  it.each([
    ['a command for the terminal', 'a\u001b[2Jb', 'a<U+001B>[2Jb'],
    ['another direction', 'if (a) { \u202e // \u2066 }', 'if (a) { <U+202E> // <U+2066> }'],
    ['what has no width', 'let a\u200b = 1', 'let a<U+200B> = 1'],
    ['tags', 'x\u{e0041}', 'x<U+E0041>'],
    ['a return without a line', 'a\rb', 'a<U+000D>b'],
    ['a line feed that is none', 'a\u2028b', 'a<U+2028>b'],
    ['a control of eight bits', 'a\u009b2J', 'a<U+009B>2J'],
  ])('shows what is hidden in code: %s', async (_what, code, shown) => {
    const after = { version: 1, tool: aRecord({ code }) } as unknown as Side;
    expect(await renderDiff(undefined, after, painter(false))).toContain(`+${shown}\n`);
  });

  it('keeps tabs and spaces, and colours for people', async () => {
    const side = (version: number, code: string) => ({ version, tool: aRecord({ code }) }) as unknown as Side;
    const found = await renderDiff(side(1, '\tif  (a)'), side(2, '\tif (a)'), painter(true));
    expect(found).toContain('\u001b[31m-\tif  (a)\u001b[39m\n\u001b[32m+\tif (a)\u001b[39m\n');
  });
});

describe('achilles tools rollback', () => {
  it('makes a version like an old one', async () => {
    const seen = changes({ latestVersion: 4, version: 4 });
    expect((await run('rollback', 'slugify', '1', '--revision', '7')).out).toBe(
      'slugify is as version 1 was, at version 4.\n',
    );
    expect(seen).toEqual([{ call: 'POST /rollback', version: 1, revision: '"7"' }]);
  });

  it('says that it waits', async () => {
    changes({ latestVersion: 4, version: 2 });
    expect((await run('rollback', 'slugify', '1')).out).toContain('at version 4, which waits for approval.');
  });
});

describe('achilles tools approve and grant', () => {
  it('show what waits, and approve what they showed', async () => {
    const seen = changes();
    const { code, out } = await run('approve', 'slugify');
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(
        /-const a = 1;\n\+const a = 2;[^]*slugify is approved: version 3 is called from now on\.\n$/,
      ),
    ]);
    expect(out).toContain('"hostFunctions"');
    expect(seen).toEqual([{ call: 'POST /approve', revision: '"7"' }]);
  });

  it('show all of what was never approved', async () => {
    gateway.answers.set(`GET ${PATH}`, aRecord({ version: null, latestVersion: 1 }));
    changes();
    expect((await run('approve', 'slugify')).out).toContain('--- code of nothing\n+++ code of version 1\n');
  });

  it('tell whoever made it that somebody else approves', async () => {
    gateway.interfere = (call) =>
      call.startsWith('POST') ? problem(403, 'approved_by_author', 'By somebody else.') : undefined;
    expect((await run('approve', 'slugify')).failure).toContain('403 approved_by_author: By somebody else.');
  });

  it('say that nothing waits, or is asked for', async () => {
    gateway.answers.set(`GET ${PATH}`, aRecord({ version: 3 }));
    expect((await run('approve', 'slugify')).failure).toBe('No version of slugify waits for approval.');
    expect((await run('grant', 'slugify')).failure).toBe('slugify asks for no host functions.');
    expect(gateway.calls.some((call) => call.startsWith('POST'))).toBe(false);
  });

  it('grant what is asked for, and take it back', async () => {
    const seen = changes({ hostFunctionsGranted: true });
    expect((await run('grant', 'slugify')).out).toBe('Asks for {"kv":{}}\nslugify is granted what it asks for.\n');
    const taken = changes();
    expect((await run('grant', 'slugify', '--revoke')).out).toBe('slugify is not granted what it asks for.\n');
    expect([...seen, ...taken]).toEqual([{ call: 'POST /grant', revision: '"7"' }, { call: 'DELETE /grant' }]);
  });
});

it.each([
  [[], 'POST /publish', 'slugify is published to every tenant.\n'],
  [['--withdraw'], 'DELETE /publish', 'slugify is seen by its own tenant only.\n'],
])('achilles tools publish %j', async (options, call, said) => {
  const seen = changes();
  expect((await run('publish', 'slugify', ...options)).out).toBe(said);
  expect(seen).toEqual([{ call }]);
});
