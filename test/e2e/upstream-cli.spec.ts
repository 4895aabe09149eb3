import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createProgram } from '../../apps/cli/src/program.js';
import { testTerminal } from '../../apps/cli/test/test-terminal.js';
import { Gateway } from '../support/boot-gateway.js';
import { eventually } from '../support/embedded-stage.js';
import { FAULTS, MisbehavingUpstream } from '../support/misbehaving-upstream.js';
import { OriginServer } from '../support/origin-server.js';

const stack = new AsyncDisposableStack();
let upstream: MisbehavingUpstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = stack.use(await MisbehavingUpstream.start());
  gateway = stack.use(await Gateway.boot({ UPSTREAMS_FILE: 'none', UPSTREAM_ALLOWED_HOSTS: '127.0.0.1' }));
});
afterAll(() => stack.disposeAsync());

/** Where nobody listens any more. */
async function closedPort(): Promise<string> {
  await using server = await OriginServer.start();
  return `${server.url}/mcp`;
}

/** The program as `main.ts` makes it, in this process. */
async function achilles(...args: string[]) {
  const terminal = testTerminal();
  let code: number | undefined;
  const program = createProgram({ version: '1.2.3', defaultUser: 'ada', terminal, exit: (given) => (code = given) });
  const failure = await program
    .parseAsync(['upstreams', ...args, '--url', gateway.url], { from: 'user' })
    .then(() => undefined)
    .catch((error: Error) => error.message);
  return { code, out: terminal.out(), err: terminal.err(), failure };
}

describe('achilles upstreams', () => {
  it('says what to do where there are none', async () => {
    expect(await achilles('list')).toMatchObject({
      code: 0,
      out: expect.stringContaining('no upstreams yet') as unknown,
    });
  });

  it('adds one that works, lists and shows it', async () => {
    expect(await achilles('add', 'docs', upstream.url, '--description', 'The docs.')).toMatchObject({
      code: 0,
      out: 'docs is added.\n',
    });
    await eventually(async () => {
      const { out } = await achilles('list');
      expect(out).toMatch(/docs\s*│ http\s*│ API\s*│ connected\s*│ modern/);
    });
    const { out } = await achilles('show', 'docs');
    expect(out).toMatch(/^Name +docs\nState +connected\nKind +http, modern/);
    expect(out).toContain(`Tools       ${Object.keys(FAULTS).length}\n`);
    expect(JSON.parse((await achilles('list', '--json')).out)).toMatchObject([{ name: 'docs', revision: 1 }]);
    expect(JSON.parse((await achilles('show', 'docs', '--json')).out)).toMatchObject({ description: 'The docs.' });
  });

  it('adds nothing that does not work, unless it is told to', async () => {
    const nowhere = await closedPort();
    const refused = await achilles('add', 'gone', nowhere);
    expect(refused.failure).toBe('gone was not added. With --no-test it is added all the same.');
    expect(refused.err).toMatch(/connect\s*│ FAILED/);
    expect((await achilles('show', 'gone')).failure).toContain('404 upstream_not_found');
    expect((await achilles('add', 'gone', nowhere, '--no-test')).code).toBe(0);
    expect((await achilles('test', 'gone')).code).toBe(1);
    expect((await achilles('remove', 'gone')).out).toBe('gone is removed.\n');
  });

  it('replaces one only when it is told to', async () => {
    expect((await achilles('add', 'docs', upstream.url)).failure).toContain('409 upstream_exists');
    expect((await achilles('add', 'docs', upstream.url, '--replace', '--tier', 'gold')).out).toBe(
      'docs is replaced.\n',
    );
    expect(JSON.parse((await achilles('show', 'docs', '--json')).out)).toMatchObject({ entry: { tier: 'gold' } });
  });

  it.each([
    ['disable', 'docs is disabled.\n'],
    ['enable', 'docs is enabled.\n'],
    ['refresh', 'docs is read anew.\n'],
  ])('%ss one', async (word, said) => expect((await achilles(word, 'docs')).out).toBe(said));

  it('tries one out', async () => {
    const { code, out } = await achilles('test', 'docs');
    expect([code, out]).toEqual([0, expect.stringMatching(/list\s*│ ok\s*│ [\d.]+ ms\s*│ \d+ tools/)]);
    const file = join(gateway.folder, 'entry.yaml');
    await writeFile(file, `kind: http\nurl: ${upstream.url}\n`);
    expect((await achilles('test', '--file', file)).code).toBe(0);
    expect((await achilles('add', 'from-file', '--file', file)).code).toBe(0);
  });

  it.each([
    [['add', 'x', 'http://10.0.0.1/'], /422 validation_failed: url may not be called: it is not public/],
    [['add', 'x', '--file', 'no-such-file'], /^no-such-file cannot be read \(ENOENT\)\.$/],
    [['add', 'x', '--file', 'LICENSE.md.none'], /cannot be read/],
    [['add', 'x', '--file', 'package.json', '--no-test'], /422 validation_failed/],
    [['add', 'x'], /^Say where it is: an address, --preset or --file\.$/],
    [['add', 'X', 'https://mcp.example.com/', '--no-test'], /422 validation_failed: name must be lower-case/],
    [['test'], /^Say which one: its name, or --file\.$/],
    [['show', 'nobody'], /404 upstream_not_found: There is no upstream named "nobody"/],
    [['remove', 'nobody'], /404 upstream_not_found/],
  ])('fails in one sentence: %j', async (args, words) => {
    const { failure } = await achilles(...args);
    expect(failure).toMatch(words);
    expect(failure).not.toContain('\n');
  });
});
