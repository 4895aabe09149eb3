import { describe, expect, it } from '@jest/globals';
import { LineReader } from './line-reader.js';

function read(chunks: readonly string[], most = 10) {
  const lines: string[] = [];
  let tooLong = 0;
  const reader = new LineReader(
    most,
    (line) => lines.push(line.toString()),
    () => tooLong++,
  );
  for (const chunk of chunks) reader.take(Buffer.from(chunk));
  return { lines, tooLong };
}

describe('LineReader', () => {
  it.each([
    [['a\nb\n'], ['a', 'b']],
    [['a', 'b', '\n', 'c'], ['ab']],
    [['\n\n'], ['', '']],
    [['', 'a\n', ''], ['a']],
    [['0123456789\n'], ['0123456789']],
    [
      ['01234', '56789', '\nx\n'],
      ['0123456789', 'x'],
    ],
    [['\r\n'], ['\r']],
  ])('%j is %j', (chunks, lines) => expect(read(chunks)).toEqual({ lines, tooLong: 0 }));

  it.each([[['0123456789a\nb\n']], [['01234', '56789', 'a', 'b\nc\n']], [['a\n', '0123456789a'.repeat(9), '\nb\n']]])(
    '%j is too long: nothing after it is read, and it is said once',
    (chunks) => {
      const { lines, tooLong } = read(chunks);
      expect(tooLong).toBe(1);
      expect(lines.filter((line) => line !== 'a')).toEqual([]);
    },
  );
});
