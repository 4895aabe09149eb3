// The first thing that `npm start`, `npm test` and `npx achilles` run, on whatever Node is at hand (18 or later).
// It installs and builds what is missing or out of date, then goes on with the Node that the product is made for.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileGrammar, grammarIsCompiled } from './cypher-grammar.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const OLDEST_NODE = 24;
const SOURCES = ['apps', 'libs', 'test', 'bench', '.swcrc'];
const BUILD_STAMP = join(ROOT, 'dist', '.built');

const modified = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

function newest(path) {
  if (!existsSync(path)) return 0;
  const own = statSync(path);
  if (!own.isDirectory()) return own.mtimeMs;
  return readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), own.mtimeMs);
}

function run(what, command, args) {
  process.stderr.write(`achilles: ${what}\n`);
  const done = spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (done.status !== 0) {
    process.stderr.write(`achilles: ${what} failed (${done.error?.message ?? `exit code ${done.status}`})\n`);
    process.exit(1);
  }
}

/** Installs from the lock when what is installed came from another one, or nothing is. An image carries no lock. */
export function ensureInstalled() {
  const lock = join(ROOT, 'package-lock.json');
  if (!existsSync(lock)) return;
  const stamp = join(ROOT, 'node_modules', '.achilles-installed');
  const sha256 = createHash('sha256').update(readFileSync(lock)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sha256) return;
  run('installing dependencies (npm ci)', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, sha256);
}

/** Compiles when a source is newer than the last build. An image carries `dist` and no compiler: nothing to do there. */
export function ensureBuilt() {
  const swc = join(ROOT, 'node_modules', '.bin', 'swc');
  if (!existsSync(swc)) return;
  const latest = Math.max(...SOURCES.map((source) => newest(join(ROOT, source))));
  if (modified(BUILD_STAMP) >= latest && grammarIsCompiled()) return;
  rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
  const sources = SOURCES.filter((source) => !source.startsWith('.') && existsSync(join(ROOT, source)));
  run('building', process.execPath, [
    swc,
    ...sources,
    '-d',
    'dist',
    '--config-file',
    '.swcrc',
    '-q',
    '--only',
    '**/*.ts',
  ]);
  compileGrammar();
  mkdirSync(dirname(BUILD_STAMP), { recursive: true });
  writeFileSync(BUILD_STAMP, '');
}

/** The Node that npm installed with the product where there is one for this platform, else this one if it is new enough. */
export function productNode() {
  const packaged = join(ROOT, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (existsSync(packaged)) return packaged;
  if (Number(process.versions.node.split('.')[0]) >= OLDEST_NODE) return process.execPath;
  process.stderr.write(`achilles: needs Node.js ${OLDEST_NODE} or later; this is ${process.version}\n`);
  process.exit(1);
}

/** Runs the product's Node with these arguments, in this process's place as far as signals and exit code go. */
export function handOver(args, options = {}) {
  const child = spawn(productNode(), args, { stdio: 'inherit', ...options });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
}

/** Installs and builds: after it, everything under dist/ can be run. */
export function prepare() {
  ensureInstalled();
  ensureBuilt();
}

const TASKS = {
  start: (args) => handOver(['--enable-source-maps', 'dist/apps/gateway/src/main.js', ...args], { cwd: ROOT }),
  test: (args) =>
    handOver(['node_modules/jest/bin/jest.js', ...args], {
      cwd: ROOT,
      env: { ...process.env, NODE_OPTIONS: '--experimental-vm-modules --enable-source-maps --no-warnings' },
    }),
  demo: () => handOver(['--enable-source-maps', 'dist/test/demo/demo.js'], { cwd: ROOT }),
  node: (args) => handOver(['--enable-source-maps', ...args], { cwd: ROOT }),
  build: () => undefined,
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [task, ...args] = process.argv.slice(2);
  if (!Object.hasOwn(TASKS, task)) throw new Error(`bootstrap.mjs: one of ${Object.keys(TASKS).join(', ')}`);
  prepare();
  TASKS[task](args);
}
