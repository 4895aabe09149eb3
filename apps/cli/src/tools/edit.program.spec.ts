import { readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeGateway, problem } from '../../test/fake-gateway.js';
import { ScratchFolder } from '../../test/scratch-folder.js';
import { testTerminal } from '../../test/test-terminal.js';
import { createProgram } from '../program.js';

const PATH = '/v1/dynamic-tools/slug:a.b';
const RECORD = { name: 'slug:a.b', revision: 7, version: 3, latestVersion: 3, code: 'return 1' };

let gateway: FakeGateway;
let folder: ScratchFolder;
let changes: object[];
beforeEach(async () => {
  gateway = await FakeGateway.start();
  folder = await ScratchFolder.create();
  changes = [];
  gateway.answers.set(`GET ${PATH.replace(':', '%3A')}`, RECORD);
  gateway.interfere = (call, body) => {
    if (!call.startsWith('PATCH')) return undefined;
    changes.push({ ...body, revision: gateway.headers['if-match'] });
    return [200, { ...RECORD, revision: 8, version: 4, latestVersion: 4 }];
  };
});
afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** @param editor what is done to the file `$1` */
async function edit(editor: string, ...args: string[]) {
  const terminal = testTerminal();
  let code: number | undefined;
  // As `EDITOR` may be: a command with arguments, of a path with a space in it.
  const script = await folder.write('my editor', `${editor}\n`);
  const desk = { stdin: Readable.from([]), editor: `sh "${script}"` };
  const exit = (given: number) => (code = given);
  const program = createProgram({ version: '1', defaultUser: 'ada', terminal, exit, desk });
  const failure = await program
    .parseAsync(['tools', 'edit', 'slug:a.b', ...args, '--url', gateway.url.href], { from: 'user' })
    .then(() => undefined)
    .catch((error: Error) => error.message);
  return { code, out: terminal.out(), failure };
}

/** What is kept in the file that a failure names. */
async function keptBy(failure: string | undefined): Promise<string> {
  const file = /Your text is kept in (\S+\.js)$/.exec(failure!)![1]!;
  const text = await readFile(file, 'utf8');
  await rm(dirname(file), { recursive: true });
  return text;
}

/** The folder that the editor's file was in. */
const openedIn = async () => dirname((await readFile(`${folder.path}/opened`, 'utf8')).trim());
const remember = () => `echo "$1" > "${folder.path}/opened"`;

describe('achilles tools edit', () => {
  it('opens the code, and sends what was made of it with the revision that was seen', async () => {
    const { code, out } = await edit(`${remember()}; echo 'return 2' > "$1"`);
    expect([code, out]).toEqual([0, 'slug:a.b is at version 4.\n']);
    expect(changes).toEqual([{ code: 'return 2\n', revision: '"7"' }]);
    await expect(readFile(await openedIn())).rejects.toThrow('ENOENT');
  });

  it('gives the editor the code as it is, in a file that only its user can read', async () => {
    await edit(`cat "$1" > "${folder.path}/seen"; stat -c %a "$1" > "${folder.path}/mode"; ${remember()}`);
    expect(await readFile(`${folder.path}/seen`, 'utf8')).toBe('return 1\n');
    expect(await readFile(`${folder.path}/mode`, 'utf8')).toBe('600\n');
    expect(await readFile(`${folder.path}/opened`, 'utf8')).toMatch(/\/slug_a\.b\.js\n$/);
  });

  it.each([['true'], [`printf 'return 1' > "$1"`]])('sends nothing where nothing was changed: %s', async (editor) => {
    expect(await edit(editor)).toEqual({ code: 0, out: 'Nothing was changed.\n', failure: undefined });
    expect(changes).toEqual([]);
  });

  it('says when somebody else was quicker, and keeps what was written', async () => {
    gateway.interfere = (call) =>
      call.startsWith('PATCH') ? problem(409, 'dynamic_tool_changed', 'At revision 9.') : undefined;
    const { code, failure } = await edit(`echo 'mine' > "$1"`);
    expect(code).toBeUndefined();
    expect(failure).toMatch(/^Somebody else has changed slug:a\.b since you opened it: nothing was sent over it\. /);
    expect(await keptBy(failure)).toBe('mine\n');
  });

  it('keeps what was written whatever else goes wrong', async () => {
    gateway.interfere = (call) =>
      call.startsWith('PATCH') ? problem(422, 'validation_failed', 'code is wrong.') : undefined;
    const { failure } = await edit(`echo 'mine' > "$1"`);
    expect(failure).toContain('422 validation_failed: code is wrong.');
    expect(await keptBy(failure)).toBe('mine\n');
  });

  it('sends nothing when the editor fails, and keeps what was written', async () => {
    const { failure } = await edit(`echo 'half' > "$1"; exit 3`);
    expect(failure).toMatch(/^The editor ended with 3: nothing was sent\./);
    expect(await keptBy(failure)).toBe('half\n');
    expect((await edit('exit 3')).failure).toBe('The editor ended with 3: nothing was sent.');
    expect(changes).toEqual([]);
  });

  it('opens nothing where the options say what is to be other', async () => {
    const { out } = await edit('exit 3', '--description', 'New.', '--revision', '7');
    expect([out, changes]).toEqual(['slug:a.b is at version 4.\n', [{ description: 'New.', revision: '"7"' }]]);
    expect(gateway.calls).toHaveLength(1);
  });
});
