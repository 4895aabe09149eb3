import { PackageNotAllowed } from '../sandbox.errors.js';
import type { Dependency } from '../sandbox.js';

const NAME = /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;
const LONGEST_NAME = 214;
const VERSION = /^[0-9A-Za-z.^~<>=*| +-]{1,64}$/;
/** npm takes these for a folder, or an archive, rather than for a version. */
const PATH_LIKE = /^\s*\.|\.(tgz|tar|tar\.gz)\s*$/i;

/**
 * Nothing but packages of the registry, each under its own name.
 * @throws PackageNotAllowed
 */
export function checkPackages(dependencies: readonly Dependency[], blocked: readonly string[]): void {
  const seen = new Set<string>();
  for (const { name, version } of dependencies) {
    const refuse = (why: string) => new PackageNotAllowed(`${name}@${version}`, why);
    if (typeof name !== 'string' || name.length > LONGEST_NAME || !NAME.test(name)) {
      throw refuse('that is no name of an npm package');
    }
    if (typeof version !== 'string' || !VERSION.test(version) || version.trim() === '' || PATH_LIKE.test(version)) {
      throw refuse('its version has to be one of the registry, such as 1.2.3 or ^1.2.3');
    }
    if (blocked.includes(name)) throw refuse('the operator has blocked it');
    if (seen.has(name)) throw refuse('it is named twice');
    seen.add(name);
  }
}
