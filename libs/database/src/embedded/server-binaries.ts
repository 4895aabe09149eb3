import { chmod, cp, readFile, readdir, realpath, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { EmbeddedPostgresError, OR_BRING_YOUR_OWN } from './embedded-postgres.errors.js';
import type { ScratchFolders } from './scratch-folders.js';
import { mayReach, type ServerUser } from './server-user.js';

/** The npm package that carries PostgreSQL for one platform, as installed. */
export interface ServerPackage {
  readonly root: string;
  readonly major: string;
}

/** The two programs, where the server's user can run them. */
export interface ServerBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** Finds the package among the optional dependencies. */
export async function findServerPackage(platform = `${process.platform}-${process.arch}`): Promise<ServerPackage> {
  const name = `@embedded-postgres/${platform}`;
  try {
    const entry = await realpath(createRequire(import.meta.url).resolve(name));
    const root = resolve(dirname(entry), '..');
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    return { root, major: version.split('.')[0]! };
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'unsupported_platform',
      `There is no embedded PostgreSQL for ${platform}: the optional package ${name} is not installed. ` +
        `Install it (npm ci without --omit=optional) ${OR_BRING_YOUR_OWN}.`,
      cause,
    );
  }
}

/**
 * Makes the programs runnable: in place where possible, else from a copy. They look for their libraries beside
 * themselves, so a folder that the server's user cannot enter, or that cannot take the missing links, is of no use.
 */
export async function prepareBinaries(
  { root }: ServerPackage,
  user: ServerUser | undefined,
  scratch: ScratchFolders,
): Promise<ServerBinaries> {
  const reachable = user === undefined || (await mayReach(join(root, 'native/bin/postgres'), user));
  if (reachable && (await linkLibraries(root))) return binariesIn(root);

  const copy = await scratch.make();
  await cp(join(root, 'native'), join(copy, 'native'), { recursive: true, verbatimSymlinks: true, filter: isNeeded });
  await openToAll(copy);
  await linkLibraries(copy);
  return binariesIn(copy);
}

function binariesIn(root: string): ServerBinaries {
  return { initdb: join(root, 'native/bin/initdb'), postgres: join(root, 'native/bin/postgres') };
}

/**
 * npm packages cannot hold symbolic links; the package's install script would make them, but may not have been allowed
 * to run. Says whether all of them are there: two gateways may do this at once, a read-only folder may have them.
 */
async function linkLibraries(root: string): Promise<boolean> {
  const links = JSON.parse(await readFile(join(root, 'native/pg-symlinks.json'), 'utf8')) as readonly {
    readonly source: string;
    readonly target: string;
  }[];
  const made = await Promise.all(
    links.map(({ source, target }) =>
      symlink(relative(dirname(target), source), join(root, target)).catch(
        (error: NodeJS.ErrnoException) => error.code,
      ),
    ),
  );
  return made.every((failure) => failure === undefined || failure === 'EEXIST');
}

/** Static libraries are for compilers. */
function isNeeded(path: string): boolean {
  return !basename(path).endsWith('.a');
}

/** Lets everybody read what its owner reads, and enter what its owner enters, whatever umask it was installed with. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    const runnable = ((await stat(path)).mode & 0o100) !== 0;
    await chmod(path, runnable ? 0o755 : 0o644);
  }
}
