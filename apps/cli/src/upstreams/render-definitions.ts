import { styleText } from 'node:util';
import Table from 'cli-table3';
import { plainText } from '../terminal.js';
import type { Definition, DefinitionEntry } from './definitions-client.js';

const LONGEST_LINE = 200;
const MOST_LINES = 40;

type Colour = 'red' | 'green' | 'yellow' | 'bold';
export type Paint = (colour: Colour, text: string) => string;

/** @param isColoured where a person looks on, not a file */
export const painter =
  (isColoured: boolean): Paint =>
  (colour, text) =>
    isColoured ? styleText(colour, text, { validateStream: false }) : text;

/** What waits, was refused or is left out, a line each. */
export function renderWaiting(entries: readonly DefinitionEntry[], width: number, paint: Paint): string {
  const rows = entries.map((entry) => [
    short(entry.tool),
    entry.state === 'pending' ? paint('yellow', entry.state) : entry.state,
    entry.reason === undefined ? entry.classes.join('\n') : short(entry.reason),
    entry.offered ? 'as approved' : 'no',
    [...entry.flags, ...entry.mentions.map((name) => `→ ${short(name)}`)].join('\n'),
  ]);
  const widths = [28, 10, 22, 13];
  const rest = Math.max(16, width - widths.reduce((sum, each) => sum + each + 1, 2));
  const table = new Table({
    head: ['Tool', 'State', 'Change', 'Offered', 'Look at'],
    colWidths: [...widths, rest],
    wordWrap: true,
    wrapOnWordBoundary: false,
    style: { head: [], border: [] },
  });
  table.push(...rows);
  return `${table.toString()}\n`;
}

/** One tool: what is decided about, and each difference as it was and as it is. */
export function renderDiff(definition: Definition, paint: Paint): string {
  const { tool, state, classes, flags, mentions, changes, offered } = definition;
  const head: [string, string | undefined][] = [
    ['Tool', tool],
    ['State', offered ? `${state}, offered` : `${state}, not offered`],
    ['Change', classes.join(', ')],
    ['Look at', flags.join(', ')],
    ['Mentions', mentions.join(', ')],
    ['Approved', definition.approved_sha256],
    ['Pending', definition.pending_sha256],
    ['Decided', definition.decided_by && `by ${definition.decided_by}, ${definition.decided_at}`],
  ];
  const lines = head.flatMap(([name, value]) => (value ? [`${name.padEnd(10)}${short(value)}`] : []));
  for (const { path, class: kind, why, before, after } of changes) {
    lines.push('', paint('bold', `@@ ${short(path) || '/'} @@ ${kind}: ${short(why)}`));
    lines.push(...shown('-', before).map((line) => paint('red', line)));
    lines.push(...shown('+', after).map((line) => paint('green', line)));
  }
  // There is nothing to compare with: all of it is new.
  if (changes.length === 0 && definition.pending) {
    lines.push('', ...shown('+', definition.pending).map((line) => paint('green', line)));
  }
  return `${lines.join('\n')}\n`;
}

/** A value line by line, without anything that a terminal would obey. */
function shown(sign: string, value: unknown): readonly string[] {
  if (value === undefined) return [];
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  const lines = text.split('\n');
  const kept = lines.slice(0, MOST_LINES).map((line) => `${sign} ${/^ */.exec(line)![0]}${short(line)}`);
  return lines.length > MOST_LINES ? [...kept, `${sign} … ${lines.length - MOST_LINES} lines more`] : kept;
}

const short = (text: string): string => {
  const plain = plainText(text.slice(0, 4 * LONGEST_LINE));
  return plain.length > LONGEST_LINE ? `${plain.slice(0, LONGEST_LINE)}…` : plain;
};
