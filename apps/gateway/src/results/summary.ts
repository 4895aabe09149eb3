import type { ContentBlock, ToolResult } from '#gateway/tools/tool.js';
import { shapeOf } from './json-shape.js';
import type { JsonThread } from './json-thread.js';
import type { ResultDocument } from './document-of.js';

/** JSON that is read here; more is read in a thread. */
const SMALL = 128 * 1_024;
const LINES = 10;
const LONGEST_LINE = 200;
const MOST_COUNTED = 1_000_000;

/** What a result is, for a reader who decides what of it to ask for. */
export async function summaryOf(
  { content, structuredContent }: ToolResult,
  { text, mimeType }: ResultDocument,
  json: JsonThread,
): Promise<string> {
  const others = content.filter(({ type }) => type !== 'text');
  const what = [];
  if (structuredContent !== undefined) what.push(shapeOf(structuredContent));
  else if (mimeType === 'application/json' && others.length === 0)
    what.push((await jsonShape(text, json)) ?? linesOf(text));
  else what.push(...textsOf(content).map(linesOf));
  what.push(...others.map(blockOf));
  return what.join('\n');
}

async function jsonShape(text: string, json: JsonThread): Promise<string | undefined> {
  if (text.length > SMALL) return (await json.ask({ text, isResult: false })).shape;
  try {
    return shapeOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The first and the last lines, and how many there are. */
function linesOf(text: string): string {
  const first = text.slice(0, LINES * LONGEST_LINE * 2).split('\n', LINES);
  const last = text
    .slice(-LINES * LONGEST_LINE)
    .split('\n')
    .slice(-LINES);
  const lines = countLines(text);
  const head = `Text of ${text.length} characters in ${inWords(lines)}. The first:`;
  const shown = [head, ...first.map(shortened)];
  return (lines > LINES ? [...shown, 'The last:', ...last.map(shortened)] : shown).join('\n');
}

/** Counted so far: a text may be nothing but lines. */
function countLines(text: string): number {
  let lines = 1;
  for (let at = text.indexOf('\n'); at !== -1 && lines < MOST_COUNTED; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}

const inWords = (lines: number) =>
  lines === MOST_COUNTED ? `more than ${lines} lines` : `${lines} line${lines === 1 ? '' : 's'}`;

const textsOf = (content: readonly ContentBlock[]) =>
  content.flatMap(({ type, text }) => (type === 'text' && typeof text === 'string' ? [text] : [])).slice(0, 4);

const blockOf = (block: ContentBlock): string => {
  const { type, mimeType, data } = block as { type: string; mimeType?: unknown; data?: unknown };
  const size = typeof data === 'string' ? ` of about ${Math.floor((data.length * 3) / 4)} bytes` : '';
  return `Beside it: ${type.slice(0, 32)}${typeof mimeType === 'string' ? ` (${mimeType.slice(0, 64)})` : ''}${size}`;
};

const shortened = (line: string) =>
  line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE).toWellFormed()}…` : line.toWellFormed();
