import { stripVTControlCharacters } from 'node:util';

/** A stream of a terminal or a pipe, as far as the commands use it; a test gives its own. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Where a command writes: answers to stdout, everything about its work to stderr. */
export interface Terminal {
  readonly stdout: Output;
  readonly stderr: Output;
}

/** Foreign text on one line, without anything that a terminal would obey: a recording must not steer its reader's. */
export const plainText = (text: string): string =>
  stripVTControlCharacters(text)
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
