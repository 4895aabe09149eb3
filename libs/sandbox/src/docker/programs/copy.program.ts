import { program } from './first-line.js';

/** Copies a cache, at /from, to where a session finds it, the volume at /tmp. Tells `{ ok }`. */
export const COPY_PROGRAM = program(String.raw`
const { cpSync, existsSync, renameSync, rmSync } = require('node:fs');
start(({ key }) => {
  const folder = '/tmp/' + key;
  if (!existsSync(folder)) {
    rmSync(folder + '.part', { recursive: true, force: true });
    cpSync('/from', folder + '.part', { recursive: true, verbatimSymlinks: true });
    renameSync(folder + '.part', folder);
  }
  tell('{"ok":true}');
});
`);
