import type { Readable } from 'node:stream';

/**
 * The lines of a stream, without what ends them. Not `node:readline`, which also ends a line at U+2028 and U+2029: JSON
 * may hold these as they are.
 */
export async function* linesIn(stream: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const pieces = decoder.decode(chunk, { stream: true }).split('\n');
    pieces[0] = rest + pieces[0]!;
    rest = pieces.pop()!;
    for (const piece of pieces) yield withoutReturn(piece);
  }
  if (rest) yield withoutReturn(rest);
}

const withoutReturn = (line: string) => (line.endsWith('\r') ? line.slice(0, -1) : line);
