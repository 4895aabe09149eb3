import type { Paint } from '../upstreams/render-definitions.js';
import type { DynamicToolRecord } from './tools-client.js';
import { visible } from './visible.js';

/** Milliseconds after which two texts count as all different: nobody reads such a difference. */
const LONGEST_MS = 5_000;

/** What a version is, beside its code. */
const DEFINITION = [
  'title',
  'description',
  'inputSchema',
  'engine',
  'image',
  'timeoutMs',
  'dependencies',
  'tier',
  'scopes',
  'hostFunctions',
] as const;

/** One version, with its number. */
export interface Side {
  readonly version: number;
  readonly tool: DynamicToolRecord;
}

/** What differs between two versions, in the definition and in the code; '' where nothing does. Undefined: there was none. */
export async function renderDiff(before: Side | undefined, after: Side, paint: Paint): Promise<string> {
  const names = [before ? `version ${before.version}` : 'nothing', `version ${after.version}`] as const;
  const definitions = [before ? definitionOf(before.tool) : '', definitionOf(after.tool)] as const;
  const codes = [before?.tool.code ?? '', after.tool.code ?? ''] as const;
  return (await difference('definition', names, definitions, paint)) + (await difference('code', names, codes, paint));
}

async function difference(
  what: string,
  [before, after]: readonly [string, string],
  [old, fresh]: readonly [string, string],
  paint: Paint,
): Promise<string> {
  // Loaded where it is needed: most commands compare nothing.
  const { structuredPatch } = await import('diff');
  const patch = structuredPatch('', '', ended(old), ended(fresh), '', '', { context: 3, timeout: LONGEST_MS });
  const hunks = patch?.hunks ?? [whole(old, fresh)];
  if (hunks.length === 0) return '';
  const lines = [`--- ${what} of ${before}`, `+++ ${what} of ${after}`].map((line) => paint('bold', line));
  for (const hunk of hunks) {
    lines.push(`@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`);
    lines.push(...hunk.lines.map((line) => coloured(visible(line), paint)));
  }
  return `${lines.join('\n')}\n`;
}

/** The same line, whether or not the file that it came from ended with one. */
const ended = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);

function whole(old: string, fresh: string) {
  const [gone, come] = [ended(old).split('\n').slice(0, -1), ended(fresh).split('\n').slice(0, -1)];
  const lines = [...gone.map((line) => `-${line}`), ...come.map((line) => `+${line}`)];
  return { oldStart: 1, oldLines: gone.length, newStart: 1, newLines: come.length, lines };
}

function coloured(line: string, paint: Paint): string {
  if (line.startsWith('+')) return paint('green', line);
  return line.startsWith('-') ? paint('red', line) : line;
}

const definitionOf = (tool: DynamicToolRecord): string =>
  JSON.stringify(
    Object.fromEntries(DEFINITION.flatMap((name) => (tool[name] === undefined ? [] : [[name, tool[name]]]))),
    null,
    2,
  );
