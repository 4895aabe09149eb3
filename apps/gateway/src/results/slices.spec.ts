import { describe, expect, it } from '@jest/globals';
import { lineSpan, sliceOf } from './slices.js';

describe('sliceOf', () => {
  it.each(['a'.repeat(5_000), 'é"\n'.repeat(2_000), '漢😀'.repeat(1_500), '😀'.repeat(2_500)])(
    'pages through %.6j without losing or halving anything',
    (text) => {
      let read = '';
      for (let from = 0, pages = 0; from < text.length && pages < 200; pages++) {
        const slice = sliceOf(text, from, text.length, 700);
        expect([slice.text.isWellFormed(), slice.from]).toEqual([true, from]);
        expect(Buffer.byteLength(JSON.stringify(slice.text))).toBeLessThanOrEqual(700);
        read += slice.text;
        from = slice.to;
      }
      expect(read).toBe(text);
    },
  );

  it.each([
    [2, 3, 'cde'],
    [0, 1, 'a'],
    [4, 100, 'ef'],
    [6, 5, ''],
    [600, 5, ''],
  ])('from %i, %i characters', (from, length, text) => expect(sliceOf('abcdef', from, length, 100).text).toBe(text));

  it('begins at the beginning of a character', () => {
    expect(sliceOf('a😀b', 2, 2, 100)).toEqual({ text: '😀', from: 1, to: 3 });
  });
});

describe('lineSpan', () => {
  const text = 'one\ntwo\nthree';
  it.each([
    [1, 1, 'one\n'],
    [2, 2, 'two\n'],
    [2, 3, 'two\nthree'],
    [1, 1_000_000_000, text],
    [3, 3, 'three'],
  ])('%i to %i', (from, to, lines) => {
    const { start, end } = lineSpan(text, from, to)!;
    expect(text.slice(start, end)).toBe(lines);
  });

  it('past the end there are none', () => expect(lineSpan(text, 4, 9)).toBeUndefined());
});
