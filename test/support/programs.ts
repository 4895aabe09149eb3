import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** Where Debian puts daemons is not in everybody's PATH. */
const FOLDERS = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];

/** The path of an installed program. */
export function findProgram(name: string): string | undefined {
  return FOLDERS.map((folder) => join(folder, name)).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The path of a program that a test cannot do without. */
export function needProgram(name: string): string {
  const path = findProgram(name);
  if (path === undefined) throw new Error(`this test needs ${name}: install the package that brings it`);
  return path;
}

/** Installs what is missing from Debian's packages, where there is apt-get and we are root. Starts no service. */
export function installPrograms(packages: Readonly<Record<string, string>>): void {
  const missing = Object.entries(packages).filter(([program]) => findProgram(program) === undefined);
  if (missing.length === 0 || process.getuid?.() !== 0 || findProgram('apt-get') === undefined) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const apt = (...args: string[]) => execFileSync('apt-get', ['-qq', ...args], { env, stdio: ['ignore', 'ignore', 2] });
  process.stderr.write(`installing ${missing.map(([, name]) => name).join(', ')}\n`);
  apt('update');
  apt('install', '-y', '--no-install-recommends', ...missing.map(([, name]) => name));
}
