import { describe, expect, it } from '@jest/globals';
import { ProgramOutput } from './program-output.js';

const MARK = '\n\u001emark ';

/** As the engine sends it. */
function frame(stream: 1 | 2, text: string): Buffer {
  const bytes = Buffer.from(text);
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

const ALL = Buffer.concat([
  frame(1, 'one\ntw'),
  frame(2, 'oops\n'),
  frame(1, 'o\n\u001e not it\n'),
  frame(1, `${MARK}{"ok":true,`),
  frame(1, '"result":"ü"}\nignored'),
]);

describe('ProgramOutput', () => {
  it.each([1, 2, 3, 7, 8, 9, 64, 1_000])('finds what was told in pieces of %d bytes', (size) => {
    const output = new ProgramOutput(MARK, 1_000);
    for (let at = 0; at < ALL.length; at += size) output.take(ALL.subarray(at, at + size));
    expect(output.state).toBe('told');
    expect(output.told).toBe('{"ok":true,"result":"ü"}');
    // Of two streams nobody knows what came first; of each it is whole.
    const logs = output.lines().join('\n');
    expect(logs.replace('oops\n', '')).toBe('one\ntwo\n\u001e not it');
  });

  it('keeps the first part of the logs, and no half character', () => {
    const output = new ProgramOutput(MARK, 5);
    output.take(frame(2, 'aüüüü\nmore'));
    expect(output.lines()).toEqual(['aüü', '[cut: only the first 5 bytes are kept]']);
    const half = new ProgramOutput(MARK, 4);
    half.take(frame(2, 'aüüüü'));
    expect(half.lines()[0]).toBe('aü');
  });

  it('gives up on what is told without end, and on what is written without end', () => {
    const told = new ProgramOutput(MARK, 100);
    told.take(frame(1, MARK));
    expect(told.take(frame(1, 'x'.repeat(17_000)))).toBe('too_large');
    const flood = new ProgramOutput(MARK, 100);
    expect(flood.take(frame(1, 'x'.repeat(6_400)))).toBe('flood');
    expect(flood.take(frame(1, `${MARK}{}\n`))).toBe('flood');
  });
});
