import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

/** What somebody at this machine types into. */
export interface Desk {
  readonly stdin: Readable;
  /** What opens a file, as `EDITOR` says it: a command, maybe with arguments. */
  readonly editor: string;
}

/** Opens a file in the editor, and waits until it is closed. @returns the exit code of the editor */
export function openEditor(editor: string, file: string): Promise<number> {
  // As git does it: the variable may hold arguments, and quotes; the file is never part of the command.
  const child = spawn('sh', ['-c', `${editor} "$@"`, editor, file], { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
