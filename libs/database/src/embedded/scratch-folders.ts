import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Folders under the system's temporary one that belong to one data folder. Whoever opens them holds that data folder's
 * lock, so what already bears its key was left by a gateway that died, and is removed.
 */
export class ScratchFolders implements AsyncDisposable {
  readonly #made: string[] = [];

  private constructor(private readonly prefix: string) {}

  static async open(key: string): Promise<ScratchFolders> {
    const prefix = `achilles-${key}-`;
    for (const name of await readdir(tmpdir())) {
      if (name.startsWith(prefix)) await removeIfOurs(join(tmpdir(), name));
    }
    return new ScratchFolders(join(tmpdir(), prefix));
  }

  /** A new, empty folder with mode 0700. */
  async make(): Promise<string> {
    const folder = await mkdtemp(this.prefix);
    this.#made.push(folder);
    return folder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#made.map((folder) => rm(folder, { recursive: true, force: true })));
  }
}

/** Anybody can make a folder of that name; root must not walk into one that its owner can change meanwhile. */
async function removeIfOurs(folder: string): Promise<void> {
  const found = await lstat(folder).catch(() => undefined);
  if (found?.isDirectory() && found.uid === process.getuid?.()) await rm(folder, { recursive: true, force: true });
}
