import { readdirSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';

// audit.jsonl is being written; audit.jsonl.1, .2, … are what it was before, oldest first. A number is never used again.

/** Each process writes its own file: worker 1 the one that was named, the others `audit.2.jsonl`, … */
export function fileOfWorker(file: string, worker: number): string {
  if (worker <= 1) return file;
  const extension = extname(file);
  return `${file.slice(0, file.length - extension.length)}.${worker}${extension}`;
}

/** The path of a finished file. */
export const finished = (file: string, number: number): string => `${file}.${number}`;

/** The numbers of the finished files that are there, ascending. */
export function finishedNumbers(file: string): number[] {
  const prefix = `${basename(file)}.`;
  return namesBeside(file)
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
    .filter((rest) => /^[1-9]\d{0,14}$/.test(rest))
    .map(Number)
    .toSorted((a, b) => a - b);
}

/** The logs of a folder: every file that is written, by its name. */
export function logsIn(folder: string): string[] {
  return namesBeside(join(folder, 'x'))
    .filter((name) => name.endsWith('.checkpoint'))
    .map((name) => join(folder, name.slice(0, -'.checkpoint'.length)))
    .toSorted();
}

function namesBeside(file: string): string[] {
  try {
    return readdirSync(dirname(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
