import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { ScratchFolder } from '../../test/scratch-folder.js';
import { type JsonLine, readJsonLines } from './json-lines.js';

async function linesOf(content: string | Buffer, bytes?: number): Promise<JsonLine[]> {
  await using folder = await ScratchFolder.create();
  const path = await folder.write('x.jsonl', content);
  const lines: JsonLine[] = [];
  const source = { path, bytes: bytes ?? (await stat(path)).size, modifiedMs: 0 };
  for await (const line of readJsonLines(source)) lines.push(line);
  return lines;
}

describe('readJsonLines', () => {
  it.each([
    ['nothing', '', []],
    ['blank lines', '\n \r\n\n', []],
    [
      'CRLF and no last newline',
      '{"a":1}\r\n\r\n{"a":2}',
      [
        { line: 1, value: { a: 1 } },
        { line: 3, value: { a: 2 } },
      ],
    ],
    ['a byte order mark', '\uFEFF{"a":1}\n', [{ line: 1, value: { a: 1 } }]],
    ['a line separator in a string', '{"a":"\u2028"}\n', [{ line: 1, value: { a: '\u2028' } }]],
    [
      'a cut line',
      '{"a":1}\n{"a":',
      [
        { line: 1, value: { a: 1 } },
        { line: 2, reason: 'is not valid JSON' },
      ],
    ],
    ['other values', '[1]\nnull\n"x"', [1, 2, 3].map((line) => ({ line, reason: 'is not a JSON object' }))],
  ])('reads %s', async (_, content, expected) => expect(await linesOf(content)).toEqual(expected));

  it('reads long lines and characters that span the pieces of the stream', async () => {
    const text = 'é€😀'.repeat(600_000);
    const [line] = await linesOf(`${JSON.stringify({ text })}\n`);
    expect(line).toEqual({ line: 1, value: { text } });
  });

  it('refuses what is nested too deeply, without falling off the stack', async () => {
    const deep = (levels: number) => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
    const lines = await linesOf(`${deep(59)}\n${deep(60)}\n${deep(200_000)}\n`);
    expect(lines.map((line) => 'value' in line)).toEqual([true, false, false]);
  });

  it('names a line that is too long to hold, and goes on', async () => {
    const content = Buffer.concat([Buffer.alloc(65 * 1024 * 1024, 'x'), Buffer.from('\n{"a":1}\n')]);
    expect(await linesOf(content)).toEqual([
      { line: 1, reason: 'is longer than 64 MB' },
      { line: 2, value: { a: 1 } },
    ]);
  });

  it('stops where the file ended when the import began', async () => {
    expect(await linesOf('{"a":1}\n{"a":2}\n', 8)).toEqual([{ line: 1, value: { a: 1 } }]);
  });

  it('hashes the file on the way', async () => {
    await using folder = await ScratchFolder.create();
    const content = '{"a":1}\n\n{"b":\n';
    const path = await folder.write('x.jsonl', content);
    const hash = createHash('sha256');
    for await (const _ of readJsonLines({ path, bytes: content.length, modifiedMs: 0 }, hash));
    expect(hash.digest('hex')).toBe(createHash('sha256').update(content).digest('hex'));
  });
});
