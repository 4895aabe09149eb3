import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { ExpectedFailure } from '../expected-failure.js';
import type { Desk } from './desk.js';

/** A file as text; `-`: what comes in on standard input. @throws ExpectedFailure */
export async function readInput(file: string, desk: Desk | undefined): Promise<string> {
  if (file === '-') {
    if (!desk) throw new ExpectedFailure('There is no standard input here: name a file.');
    return text(desk.stdin);
  }
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ExpectedFailure(`${file} cannot be read (${error.code ?? error.message}).`, error);
  });
}

/** @param what it is, for the sentence that says that it is none. @throws ExpectedFailure */
export function parseJson(what: string, json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new ExpectedFailure(`${what} must be JSON: ${(error as Error).message}`, error);
  }
}
