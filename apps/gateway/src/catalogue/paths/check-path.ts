import { isAbsolute } from 'node:path';
import { InvalidPath } from '#gateway/tools/tools.errors.js';

/** The path under one of the roots. @throws InvalidPath */
export function checkPath(field: string, path: string, _roots: readonly string[]): string {
  if (isAbsolute(path) || path.split(/[/\\]/).includes('..'))
    throw new InvalidPath(field, 'it leaves the allowed folders');
  return path;
}
