import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const RECORDING = /\.(traj|json|jsonl|ndjson)$/i;
const NOT_ENTERED = /^\.|^node_modules$/;

/**
 * The files that the paths stand for, each once: a file as it is, whatever its name; a folder for the recordings
 * anywhere in it, in the order of their names. A path that does not exist stays in, to be named when it is opened.
 */
export async function findRecordings(paths: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const path of paths) {
    const isFolder = await stat(path).then(
      (stats) => stats.isDirectory(),
      () => false,
    );
    for (const file of isFolder ? await filesIn(path) : [path]) found.add(file);
  }
  return [...found];
}

/** Links are not followed inside a folder: they could lead in circles. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return [folder]; // named when it is opened
  const files: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isFile() && RECORDING.test(entry.name)) files.push(path);
    if (entry.isDirectory() && !NOT_ENTERED.test(entry.name)) files.push(...(await filesIn(path)));
  }
  return files;
}
