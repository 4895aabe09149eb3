import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { InvalidPath } from '#gateway/tools/tools.errors.js';
import { checkPath } from './check-path.js';

let folder: string;
let root: string;
let other: string;

/** Two roots, and beside them what must stay out of reach. */
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'achilles-paths-')));
  root = join(folder, 'root');
  other = join(folder, 'other');
  for (const name of ['root/src', 'root/good', 'other/only-here', 'root-evil', 'outside']) {
    mkdirSync(join(folder, name), { recursive: true });
  }
  for (const name of ['root/src/main.ts', 'root/good/file.txt', 'root-evil/file.txt', 'outside/file.txt']) {
    writeFileSync(join(folder, name), name);
  }
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const link = (target: string, name: string) => symlinkSync(target, join(folder, name));
const check = (path: string, ...roots: string[]) => checkPath('path', path, roots.length > 0 ? roots : [root]);
const refused = (path: string, ...roots: string[]) => {
  expect(() => check(path, ...roots)).toThrow(InvalidPath);
  expect(() => check(path, ...roots)).toThrow('it leads out of the folders that are allowed');
};

describe('checkPath', () => {
  it.each([
    'src/main.ts',
    'src',
    'not/there/yet.txt',
    'src/not-there.ts',
    'a..b/c',
    '...hidden',
    'données/é.txt',
    'donne\u0301es/e\u0301.txt',
    'file with space.txt',
    'a%20b',
    '.',
  ])('passes %j as it is', (path) => expect(check(path)).toBe(path));

  it.each([
    ['./src/main.ts', 'src/main.ts'],
    ['src//main.ts', 'src/main.ts'],
    ['src/', 'src'],
    ['./', '.'],
  ])('says %j shorter', (path, shorter) => expect(check(path)).toBe(shorter));

  it.each(['../outside/file.txt', '/etc/passwd', '%2e%2e/outside', 'src/../../outside', 'a\0'])(
    'refuses %j before it looks',
    (path) => expect(() => checkPath('arguments.path', path, ['/not/there'])).toThrow(InvalidPath),
  );

  it('names the field, and nothing of the machine', () => {
    link('../outside', 'root/link');
    let error: unknown;
    try {
      checkPath('input.file', 'link/file.txt', [root]);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'invalid_path', details: { faults: [{ field: 'input.file', code: 'path' }] } });
    expect((error as Error).message).not.toContain(folder);
  });

  it('refuses everything where no folder is allowed', () => {
    expect(() => checkPath('path', 'src/main.ts', [])).toThrow(InvalidPath);
  });

  it('follows links that stay inside, and says where they lead', () => {
    link('good', 'root/link');
    link(join(root, 'src'), 'root/good/there');
    expect(check('link/file.txt')).toBe('good/file.txt');
    expect(check('link/there/main.ts')).toBe('src/main.ts');
    expect(check('link/new/file.txt')).toBe('good/new/file.txt');
  });

  it('refuses links that lead out, however', () => {
    link('../outside', 'root/folder');
    link('../outside/file.txt', 'root/file');
    link(join(folder, 'root-evil'), 'root/neighbour');
    link('folder', 'root/chain');
    link('..', 'root/up');
    link('/', 'root/slash');
    for (const path of [
      'folder',
      'folder/file.txt',
      'folder/new.txt',
      'file',
      'neighbour/file.txt',
      'chain/file.txt',
    ]) {
      refused(path);
    }
    for (const path of ['up', 'up/outside/file.txt', 'up/root-evil/file.txt', 'slash/etc/passwd']) refused(path);
  });

  it('takes a link out and back in for where it leads', () => {
    link(join(folder, 'outside/back'), 'root/around');
    link('../root/src', 'outside/back');
    expect(check('around/main.ts')).toBe('src/main.ts');
  });

  it('refuses a link to what is not there yet: writing to it would make it, outside', () => {
    link('../outside/new.txt', 'root/dangling');
    link('missing', 'root/inside');
    refused('dangling');
    refused('inside/file.txt');
  });

  it('refuses links in circles, and files that are used as folders', () => {
    link('two', 'root/one');
    link('one', 'root/two');
    refused('one/file.txt');
    refused('src/main.ts/more');
  });

  it('takes a root behind a link for what it is', () => {
    link('root', 'front');
    expect(check('src/main.ts', join(folder, 'front'))).toBe('src/main.ts');
  });

  it('does not need the root to be there', () => {
    expect(check('src/main.ts', join(folder, 'elsewhere'))).toBe('src/main.ts');
  });

  it('takes the first root in which the path exists', () => {
    link('src', 'root/link');
    link('only-here', 'other/link');
    expect(check('link/main.ts', other, root)).toBe('src/main.ts');
    expect(check('new.txt', other, root)).toBe('new.txt');
    expect(check('only-here', root, other)).toBe('only-here');
  });

  it('refuses what leads out of any root', () => {
    link('../outside', 'other/src');
    refused('src/main.ts', root, other);
    link('../root/src', 'other/across');
    refused('across/main.ts', other, root);
  });

  it('answers with no link in it while a link is turned to and fro', async () => {
    link('good', 'root/link');
    const turned = join(root, 'link');
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const turner = new Worker(
      `const { renameSync, symlinkSync } = require('node:fs');
       const { workerData: { turned, stop } } = require('node:worker_threads');
       for (let turn = 0; Atomics.load(stop, 0) === 0; turn++) {
         symlinkSync(turn % 2 === 0 ? 'good' : '../outside', turned + '.next');
         renameSync(turned + '.next', turned);
       }`,
      { eval: true, workerData: { turned, stop } },
    );
    const said = new Map<string, number>();
    const ended = new Promise((resolve) => turner.once('exit', resolve));
    await new Promise((resolve) => turner.once('online', resolve));
    const until = performance.now() + 30_000;
    const often = () => said.size >= 2 && [...said.values()].every((times) => times >= 100);
    while (!often() && performance.now() < until) {
      const answer = tryOnce();
      said.set(answer, (said.get(answer) ?? 0) + 1);
    }
    Atomics.store(stop, 0, 1);
    await ended;
    expect([...said.keys()].sort()).toEqual(['good/file.txt', 'refused']);
    expect(often()).toBe(true);
  });

  function tryOnce(): string {
    try {
      return check('link/file.txt');
    } catch {
      return 'refused';
    }
  }
});
