import type { ContentBlock, ToolResult } from '../tool.js';

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '');

const textBlock = (text: string): ContentBlock => ({ type: 'text', text });

/**
 * The result, cut to so many bytes of JSON, with a sentence that says so. Text is cut; a block of another kind, or the
 * structured content, is there whole or not at all. Where too little is left to be a result it is an error.
 * @param bytes of the whole result
 */
export function capResult(result: ToolResult, bytes: number, max: number, promisesStructure: boolean): ToolResult {
  const { content, structuredContent, ...others } = result;
  const notice = textBlock(
    `[The gateway has cut this result: it was ${bytes} bytes, ${max} are allowed. Ask for less at a time.]`,
  );
  const bare: ToolResult = { content: [notice], isError: true };
  let rest: Omit<ToolResult, 'content'> = others;
  if (bytesOf({ ...rest, content: [notice] }) > max) rest = result.isError === true ? { isError: true } : {};
  const room = max - bytesOf({ ...rest, content: [notice] });
  if (room < 0) return bare;
  const structured = structuredContent === undefined ? 0 : bytesOf(structuredContent) + ',"structuredContent":'.length;
  const keepsStructure = structured > 0 && structured <= room;
  const kept = keptBlocks(content, keepsStructure ? room - structured : room);
  if (kept.length === 0 && !keepsStructure) return bare;
  return {
    ...rest,
    content: [...kept, notice],
    ...(keepsStructure && { structuredContent }),
    // A client that was promised a structure does not take a result without it.
    ...(promisesStructure && !keepsStructure && { isError: true }),
  };
}

function keptBlocks(content: readonly ContentBlock[], room: number): ContentBlock[] {
  const kept: ContentBlock[] = [];
  let left = room;
  for (const block of content) {
    const size = bytesOf(block) + 1;
    if (size <= left) {
      kept.push(block);
      left -= size;
    } else if (block.type === 'text' && typeof block['text'] === 'string') {
      const text = cutTo(block['text'], left - (size - bytesOf(block['text'])));
      if (text !== '') kept.push({ ...block, text });
      // What comes after a text that was cut would read as its end.
      break;
    }
  }
  return kept;
}

/** The beginning of the text that takes at most so many bytes as JSON. */
function cutTo(text: string, max: number): string {
  let length = Math.min(text.length, max);
  while (length > 0) {
    // Half a character is none.
    if ((text.charCodeAt(length - 1) & 0xfc00) === 0xd800) length--;
    const cut = text.slice(0, length);
    const size = bytesOf(cut);
    if (size <= max) return cut;
    length = Math.floor((length * max) / size);
  }
  return '';
}
