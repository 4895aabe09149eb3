import { program } from './first-line.js';

/** What a container is told to install. */
export interface InstallInput {
  readonly mark: string;
  /** Of the cache; written beside what is installed, as the last thing. */
  readonly key: string;
  /** `package.json`. */
  readonly manifest: string;
  readonly registry?: string;
}

/**
 * Installs into the volume at /tmp, unless it is there in full, and tells `{ ok }` or `{ ok: false, why }`. No script of
 * any package is run, and nothing comes from elsewhere than the registry as far as npm can be told.
 */
export const INSTALL_PROGRAM = program(String.raw`
const { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { spawn } = require('node:child_process');
const COMPLETE = '/tmp/.complete';
const FLAGS = ['--ignore-scripts', '--no-audit', '--no-fund', '--omit=dev', '--no-update-notifier', '--loglevel=error', '--logs-max=0',
  '--allow-git=none', '--allow-remote=none', '--allow-file=none', '--allow-directory=none', '--fetch-retries=1', '--cache=/tmp/.npm'];
start(({ key, manifest, registry }) => {
  if (existsSync(COMPLETE) && readFileSync(COMPLETE, 'utf8') === key) return tell('{"ok":true}');
  for (const name of readdirSync('/tmp')) rmSync('/tmp/' + name, { recursive: true, force: true });
  writeFileSync('/tmp/package.json', manifest);
  const npm = spawn('npm', ['install', ...FLAGS, ...(registry ? ['--registry=' + registry] : [])], { cwd: '/tmp', stdio: ['ignore', 'ignore', 'pipe'] });
  let why = '';
  npm.stderr.setEncoding('utf8').on('data', (piece) => (why = (why + piece).slice(0, 4000)));
  npm.on('error', (error) => tell(stringify({ ok: false, why: 'npm cannot be started: ' + error.code })));
  npm.on('close', (code) => {
    if (code !== 0) return tell(stringify({ ok: false, why }));
    rmSync('/tmp/.npm', { recursive: true, force: true });
    writeFileSync(COMPLETE, key);
    tell('{"ok":true}');
  });
});
`);
