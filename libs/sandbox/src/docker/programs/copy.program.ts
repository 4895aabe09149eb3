import { program } from './first-line.js';

/** What is told once it is there. */
export const COPIED = '{"ok":true}';

/** Copies a cache, at /from, to where a session finds it, the volume at /tmp. Tells `{ ok }`; false where it is not there in full. */
export const COPY_PROGRAM = program(String.raw`
const { cpSync, existsSync, readFileSync, renameSync, rmSync } = require('node:fs');
start(({ key }) => {
  const folder = '/tmp/' + key;
  if (!existsSync(folder)) {
    rmSync(folder + '.part', { recursive: true, force: true });
    if (!existsSync('/from/.complete') || readFileSync('/from/.complete', 'utf8') !== key) return tell('{"ok":false}');
    cpSync('/from', folder + '.part', { recursive: true, verbatimSymlinks: true });
    renameSync(folder + '.part', folder);
  }
  tell('{"ok":true}');
});
`);
