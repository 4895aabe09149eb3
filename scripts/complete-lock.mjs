// Adds to package-lock.json the optional platform packages that the registry in use did not serve (swc, oxlint and
// others publish one per platform). `npm install` leaves them out of the lock where it could not fetch them, and
// `npm ci` then refuses the lock as out of step. Run it after every `npm install`; `npm run lock` does both.
import { readFileSync, writeFileSync } from 'node:fs';

const PLATFORMS = [
  'darwin',
  'win32',
  'linux',
  'android',
  'freebsd',
  'openbsd',
  'netbsd',
  'sunos',
  'aix',
  'openharmony',
];
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const packages = lock.packages;

/** Where Node would find `name` from inside `from`, or null: the walk up the nested node_modules. */
function resolve(from, name) {
  for (let base = from; ;) {
    const path = `${base ? `${base}/` : ''}node_modules/${name}`;
    if (packages[path]) return path;
    if (!base) return null;
    const cut = base.lastIndexOf('/node_modules/');
    base = cut >= 0 ? base.slice(0, cut) : '';
  }
}

let added = 0;
for (const [path, entry] of Object.entries({ ...packages })) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    const version = range.replace(/^[\^~]/, '');
    if (resolve(path, name) || !/^\d/.test(version)) continue;
    const platform = PLATFORMS.find((os) => name.includes(os));
    packages[`node_modules/${name}`] = {
      version,
      optional: true,
      ...(entry.dev ? { dev: true } : {}),
      os: [platform ?? '!linux'],
      // A linux package that is missing here is for a processor that this machine does not have.
      ...(platform === 'linux' ? { cpu: ['none'] } : {}),
    };
    added++;
  }
}
lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
console.log(`complete-lock: ${added} entries added`);
