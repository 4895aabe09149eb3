import type { Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { LineFault, SourceFile } from '../import/recorded-session.js';
import { type Json, objectOf } from './untrusted-json.js';

/** A line of a JSON Lines file: an object, or what is wrong with it. */
export type JsonLine = ObjectLine | LineFault;

/** A line that holds an object. */
export interface ObjectLine {
  readonly line: number;
  readonly value: Json;
}

const LONGEST_LINE = 64 * 1024 * 1024;
/** A deeper line would have its whole batch refused, and later walks over it could end the stack. */
const DEEPEST = 60;
const NEWLINE = 0x0a;

/**
 * Reads a JSON Lines file as a stream, as far as it went when the import began. Blank lines are left out. Not
 * `node:readline`: that also breaks lines at U+2028, which JSON strings may hold as it is.
 */
export async function* readJsonLines(source: SourceFile, hash?: Hash): AsyncGenerator<JsonLine> {
  let line = 0;
  for await (const bytes of readLines(source, hash)) {
    line++;
    if (bytes === undefined) {
      yield { line, reason: `is longer than ${LONGEST_LINE / 1024 / 1024} MB` };
      continue;
    }
    const text = bytes
      .toString('utf8')
      .replace(/^\uFEFF/, '')
      .trim();
    if (text !== '') yield parsed(line, text);
  }
}

function parsed(line: number, text: string): JsonLine {
  try {
    const value = objectOf(JSON.parse(text));
    if (!value) return { line, reason: 'is not a JSON object' };
    return isDeeperThan(value, DEEPEST)
      ? { line, reason: `is nested more than ${DEEPEST} levels deep` }
      : { line, value };
  } catch {
    return { line, reason: 'is not valid JSON' };
  }
}

const isDeeperThan = (value: unknown, levels: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((member) => isDeeperThan(member, levels - 1)));

/** Lines without their newline; undefined for one that is too long to hold. */
async function* readLines({ path, bytes }: SourceFile, hash?: Hash): AsyncGenerator<Buffer | undefined> {
  if (bytes === 0) return;
  let pieces: Buffer[] = [];
  let length = 0;
  const add = (piece: Buffer) => {
    length += piece.length;
    if (length <= LONGEST_LINE) pieces.push(piece);
    else pieces = [];
  };
  const take = () => {
    const whole = length <= LONGEST_LINE ? Buffer.concat(pieces) : undefined;
    pieces = [];
    length = 0;
    return whole;
  };
  for await (const chunk of createReadStream(path, {
    end: bytes - 1,
    highWaterMark: 256 * 1024,
  }) as AsyncIterable<Buffer>) {
    hash?.update(chunk);
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      add(chunk.subarray(start, end));
      start = end + 1;
      yield take();
    }
    add(chunk.subarray(start));
  }
  if (length > 0) yield take();
}
