import { describe, expect, it } from '@jest/globals';
import type { ContentBlock, ToolResult } from '../tool.js';
import { capResult } from './cap-result.js';

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
const text = (said: string): ContentBlock => ({ type: 'text', text: said });
const image = (bytes: number): ContentBlock => ({ type: 'image', mimeType: 'image/png', data: 'A'.repeat(bytes) });

function capped(result: ToolResult, max: number, promisesStructure = false): ToolResult {
  const cut = capResult(result, bytesOf(result), max, promisesStructure);
  expect(bytesOf(cut)).toBeLessThanOrEqual(Math.max(max, 200));
  const said = `[The gateway has cut this result: it was ${bytesOf(result)} bytes, ${max} are allowed. Ask for less at a time.]`;
  expect(cut.content.at(-1)).toEqual(text(said));
  return cut;
}

describe('of text', () => {
  it.each([
    ['letters', 'x'.repeat(50_000)],
    ['quotes', '"'.repeat(50_000)],
    ['lines', 'a\n'.repeat(25_000)],
    ['three bytes each', '漢'.repeat(20_000)],
    ['pairs of surrogates', '😀'.repeat(20_000)],
    ['first wide, then narrow', '漢'.repeat(5_000) + 'x'.repeat(50_000)],
  ])('made of %s the beginning stays, as much as there is room for', (_what, said) => {
    const { content, isError } = capped({ content: [text(said)] }, 10_000);
    const kept = content[0]!['text'] as string;
    expect([said.startsWith(kept), kept.isWellFormed(), isError, content.length]).toEqual([true, true, undefined, 2]);
    expect(bytesOf(content)).toBeGreaterThan(9_000);
  });

  it('nothing that follows a text that was cut is left', () => {
    const { content } = capped({ content: [text('a'), text('x'.repeat(9_999)), text('b')] }, 1_000);
    expect(content.map((block) => (block['text'] as string)[0])).toEqual(['a', 'x', '[']);
  });
});

describe('of what cannot be cut', () => {
  it('an image too large is left out, what is beside it stays', () => {
    const { content, isError } = capped({ content: [text('see'), image(9_999), text('that')] }, 1_000);
    expect(content.slice(0, 2)).toEqual([text('see'), text('that')]);
    expect(isError).toBeUndefined();
  });

  it('an image alone leaves an error', () => {
    expect(capped({ content: [image(9_999)] }, 1_000)).toMatchObject({ isError: true, content: { length: 1 } });
  });
});

describe('of structured content', () => {
  const large = { rows: Array.from({ length: 500 }, (_, id) => ({ id })) };

  it('what is too large goes, and the text stays', () => {
    const cut = capped({ content: [text('short')], structuredContent: large }, 1_000);
    expect([cut.content[0], 'structuredContent' in cut, cut.isError]).toEqual([text('short'), false, undefined]);
  });

  it('what fits stays whole, and the text is cut', () => {
    const cut = capped({ content: [text('x'.repeat(5_000))], structuredContent: { a: 1 } }, 1_000);
    expect([cut.structuredContent, cut.content.length]).toEqual([{ a: 1 }, 2]);
  });

  it('where it was promised and does not fit the result is an error', () => {
    expect(capped({ content: [text('short')], structuredContent: large }, 1_000, true)).toMatchObject({
      isError: true,
      content: [text('short'), {}],
    });
  });
});

it.each([
  ['too little for anything', { content: [text('x'.repeat(500))] }, 10],
  ['_meta too large', { content: [image(9_999)], _meta: { a: 'x'.repeat(5_000) } }, 1_000],
])('with %s an error is left', (_what, result, max) => {
  expect(capped(result, max)).toMatchObject({ isError: true, content: { length: 1 } });
});

it('leaves out _meta that is too large, and keeps what is an error one', () => {
  const result = { content: [text('why')], isError: true, _meta: { a: 'x'.repeat(5_000) } };
  expect(capped(result, 1_000)).toEqual({ content: [text('why'), expect.anything()], isError: true });
});
