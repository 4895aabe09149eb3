import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Chain, Link } from './chain.js';

/** How a file of the log ends. */
export interface Tail {
  readonly size: number;
  /** The last whole line; undefined when the file holds none, `unreadable` when it is no record of this key. */
  readonly last: Link | 'unreadable' | undefined;
  /** Bytes after the last newline. */
  readonly fragment: Buffer;
  /** The fragment as a record, when nothing but its newline is missing. */
  readonly fragmentLink: Link | undefined;
}

const WINDOW = 1024 * 1024;
const NEWLINE = 0x0a;

/** Looks at a file's end; undefined when there is no such file. */
export function readTail(file: string, chain: Chain): Tail | undefined {
  const read = readWindow(file);
  if (!read) return undefined;
  const { bytes, size } = read;
  const end = bytes.lastIndexOf(NEWLINE);
  const fragment = bytes.subarray(end + 1);
  const link = fragment.length > 0 ? chain.read(fragment) : undefined;
  return { size, last: lastLine(bytes, end, chain), fragment, fragmentLink: link?.intact ? link : undefined };
}

/** The first record of a file, as it claims to be. */
export function readHead(file: string, chain: Chain): Link | undefined {
  const bytes = readWindow(file, 0)?.bytes;
  const end = bytes?.indexOf(NEWLINE) ?? -1;
  return end === -1 ? undefined : chain.read(bytes!.subarray(0, end));
}

function lastLine(bytes: Buffer, end: number, chain: Chain): Tail['last'] {
  if (end === -1) return undefined;
  const start = end === 0 ? 0 : bytes.lastIndexOf(NEWLINE, end - 1) + 1;
  const link = chain.read(bytes.subarray(start, end));
  return link?.intact ? link : 'unreadable';
}

function readWindow(file: string, from?: number): { bytes: Buffer; size: number } | undefined {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { size } = fstatSync(fd);
    const bytes = Buffer.alloc(Math.min(size, WINDOW));
    const read = readSync(fd, bytes, 0, bytes.length, from ?? size - bytes.length);
    return { bytes: bytes.subarray(0, read), size };
  } finally {
    closeSync(fd);
  }
}
