import { mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres.errors.js';
import type { ServerBinaries } from './server-binaries.js';
import type { ServerHome } from './server-home.js';
import { runTool } from './spawn-server.js';

/** The server's superuser and the one database in it. */
export const USER = 'achilles';
export const DATABASE = 'achilles';

const DRAFT = 'initdb-';

/**
 * Sees to a data folder of this major version. A new one is made beside its place and renamed into it once it is whole
 * and on disk: a crash at any moment leaves a draft, which the next start throws away, never half a data folder.
 */
export async function initialise(
  home: ServerHome,
  binaries: ServerBinaries,
  major: string,
  signal: AbortSignal,
): Promise<void> {
  await removeDrafts(home);
  const found = await versionOf(home.data);
  if (found === undefined) return make(home, binaries, signal);
  if (found !== major) {
    throw new EmbeddedPostgresError(
      'foreign_data',
      `${home.data} was made by PostgreSQL ${found || '(unknown)'}, this gateway brings ${major}. It was left as it is: ` +
        `give the gateway another DATA_DIR, or set DATABASE_URL to a PostgreSQL ${found || ''} that serves it.`,
    );
  }
  // Kubernetes opens a volume to a group with each mount, and the server refuses a folder that others may enter.
  await home.own(home.data);
}

async function make(home: ServerHome, { initdb, postgres }: ServerBinaries, signal: AbortSignal): Promise<void> {
  const draft = await mkdtemp(join(home.path, DRAFT));
  const seen = `${home.seenByServer}/${basename(draft)}`;
  try {
    await home.own(draft);
    const encoding = ['-E', 'UTF8', '--locale=C'];
    const quick = ['--no-sync', '--no-instructions'];
    await runTool(home, [initdb, '-D', seen, '-U', USER, '-A', 'trust', ...encoding, ...quick], { signal });
    const single = ['--single', '-D', seen, '-c', 'fsync=off', '-c', 'exit_on_error=on'];
    await runTool(home, [postgres, ...single, 'postgres'], { input: `CREATE DATABASE ${DATABASE}\n`, signal });
    await runTool(home, [initdb, '-D', seen, '--sync-only'], { signal });
    await rename(draft, home.data);
    await home.sync();
  } catch (error) {
    await remove(draft);
    throw error;
  }
}

/** Undefined: there is no data folder. Empty: there is one, and PostgreSQL did not make it. */
async function versionOf(data: string): Promise<string | undefined> {
  try {
    await readdir(data);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return (await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => '')).trim();
}

async function removeDrafts(home: ServerHome): Promise<void> {
  for (const name of await readdir(home.path)) {
    if (name.startsWith(DRAFT)) await remove(join(home.path, name));
  }
}

/** An initdb whose gateway was killed may still be writing: then the start after this one gets it. */
async function remove(draft: string): Promise<void> {
  await rm(draft, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
}
