import { createReadStream } from 'node:fs';

/** A line of a file, without its newline. */
export interface Line {
  readonly bytes: Buffer;
  /** Where it begins in the file. */
  readonly offset: number;
  /** False for what stands after the last newline. */
  readonly whole: boolean;
}

const NEWLINE = 0x0a;
const CHUNK = 256 * 1024;
/** Records are far shorter: a longer line is handed out in pieces, so that no file takes all memory. */
const LONGEST_LINE = 1024 * 1024;

/** Reads a file's lines from `start` on, as many at a time as a chunk holds. */
export async function* readLines(file: string, start = 0): AsyncGenerator<readonly Line[]> {
  let rest: Buffer = Buffer.alloc(0);
  let offset = start;
  for await (const chunk of createReadStream(file, { start, highWaterMark: CHUNK }) as AsyncIterable<Buffer>) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const lines: Line[] = [];
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE, rest.length); end !== -1; end = bytes.indexOf(NEWLINE, from)) {
      lines.push({ bytes: bytes.subarray(from, end), offset: offset + from, whole: true });
      from = end + 1;
    }
    rest = bytes.subarray(from);
    offset += from;
    if (rest.length > LONGEST_LINE) {
      lines.push({ bytes: rest, offset, whole: true });
      offset += rest.length;
      rest = Buffer.alloc(0);
    }
    if (lines.length > 0) yield lines;
  }
  if (rest.length > 0) yield [{ bytes: rest, offset, whole: false }];
}
