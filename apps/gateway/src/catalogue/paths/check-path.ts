import { lstatSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { InvalidPath } from '#gateway/tools/tools.errors.js';
import { spellingFault } from './path-spelling.js';

/**
 * The path below its root with every link resolved, so that a link in it that is turned elsewhere afterwards changes
 * nothing. Under none of the roots may it lead out; of several the first one in which it exists counts. What does not
 * exist yet is resolved as far as it does.
 *
 * This is a check of a name, at one moment. It cannot hold a file in place: whoever opens it must do so relative to a
 * root of its own, following no links.
 * @throws InvalidPath, whatever the path, when there are no roots
 */
export function checkPath(field: string, path: string, roots: readonly string[]): string {
  const fault = spellingFault(path);
  if (fault !== undefined) throw new InvalidPath(field, fault);
  const places = roots.map((root) => placeUnder(root, path));
  const place = places.find((found) => found?.exists) ?? places[0];
  if (!place || places.includes(undefined))
    throw new InvalidPath(field, 'it leads out of the folders that are allowed');
  return place.path;
}

interface Place {
  readonly path: string;
  readonly exists: boolean;
}

/** Undefined when it is outside, or nobody can say where it is. */
function placeUnder(root: string, path: string): Place | undefined {
  const base = realPath(resolve(root));
  const target = base && realPath(join(base.path, path));
  if (!base || !target || !isInside(base.path, target.path)) return undefined;
  return { path: relative(base.path, target.path).replaceAll(sep, '/') || '.', exists: target.exists };
}

/** `/root-evil` is not inside `/root`. */
const isInside = (root: string, path: string) =>
  path === root || path.startsWith(root.endsWith(sep) ? root : `${root}${sep}`);

/** Without links. Undefined for a link that leads nowhere or round in circles, and for what may not be looked at. */
function realPath(path: string): Place | undefined {
  const missing: string[] = [];
  for (let existing = path; ; existing = dirname(existing)) {
    try {
      return { path: join(realpathSync.native(existing), ...missing), exists: missing.length === 0 };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || isLinkOrThere(existing)) return undefined;
      missing.unshift(basename(existing));
    }
  }
}

function isLinkOrThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}
