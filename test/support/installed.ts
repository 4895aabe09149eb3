import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Git, the compiler and the formatter look past it. */
const CACHE = '.achilles';

/**
 * Packages of others, installed from a lock of their own. The same lock is installed once.
 * @param sources the folder with `package.json`, its lock and `.npmrc`
 * @returns where they stand
 */
export async function installPackages(sources: string, called: string): Promise<string> {
  const lock = await readFile(join(sources, 'package-lock.json'));
  const folder = join(CACHE, called, createHash('sha256').update(lock).digest('hex').slice(0, 12));
  await whole(folder, async (unfinished) => {
    for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
      await cp(join(sources, name), join(unfinished, name));
    }
    process.stderr.write(`installing ${sources} (npm ci)\n`);
    await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: unfinished });
  });
  return folder;
}

/** Fills a folder, or leaves none behind. Of two that fill it at once the first to be ready counts. */
export async function whole(folder: string, fill: (unfinished: string) => Promise<void>): Promise<void> {
  if (existsSync(folder)) return;
  await mkdir(dirname(folder), { recursive: true });
  const unfinished = await mkdtemp(`${folder}-`);
  try {
    await fill(unfinished);
    await rename(unfinished, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
