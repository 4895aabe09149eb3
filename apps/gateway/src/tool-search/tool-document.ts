import type { Tool } from '#gateway/tools/tool.js';
import { originalOf } from '#gateway/tools/tool.js';

/** What of a tool is searched. */
export interface ToolDocument {
  readonly id: number;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** The beginning of the description: it says what the tool does, the rest says how. */
  readonly lead: string;
  readonly arguments: string;
  readonly notes: string;
  readonly upstream: string;
}

/** Schemas are nested; what is deeper says little about what the tool is for. */
const MOST_LEVELS = 3;
/** Arguments of one tool. */
const MOST_ARGUMENTS = 128;

export function documentOf(id: number, tool: Tool): ToolDocument {
  const { name, title, description, inputSchema, annotations } = tool.definition;
  const names: string[] = [];
  const notes: string[] = [];
  collect(inputSchema, names, notes, MOST_LEVELS);
  return {
    id,
    name,
    title: textOf(title) || textOf(annotations?.['title']),
    description: textOf(description),
    lead: leadOf(textOf(description)),
    arguments: names.join(' '),
    notes: notes.join(' '),
    upstream: originalOf(tool).upstream,
  };
}

/** The first sentence or the first line, whichever ends first, in so many characters at most. */
export function leadOf(description: string, most = 160): string {
  const begin = description.slice(0, 4 * most).trimStart();
  const line = begin.split('\n').find((one) => one.trim().length >= LEAST_LEAD) ?? begin;
  // "E.g." and "v1." end no sentence.
  const sentence = /^.{12,}?[.!?](?=\s|$)/.exec(line)?.[0] ?? line;
  const lead = sentence.replace(/\s+/g, ' ').trim();
  return lead.length > most
    ? `${lead
        .slice(0, most - 1)
        .toWellFormed()
        .trimEnd()}…`
    : lead;
}

/** A shorter line is a heading, or nothing. */
const LEAST_LEAD = 8;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Names, descriptions and allowed values of what the schema describes. It is a stranger's: nothing of it is taken for granted. */
function collect(schema: unknown, names: string[], notes: string[], levels: number): void {
  if (levels < 0 || typeof schema !== 'object' || schema === null || names.length >= MOST_ARGUMENTS) return;
  const { properties, items, enum: values, anyOf, oneOf } = schema as Readonly<Record<string, unknown>>;
  if (Array.isArray(values)) notes.push(...values.slice(0, 32).filter((value) => typeof value === 'string'));
  if (typeof properties === 'object' && properties !== null) {
    for (const [name, property] of Object.entries(properties)) {
      if (names.length >= MOST_ARGUMENTS) return;
      names.push(name);
      notes.push(textOf((property as { description?: unknown } | null)?.description).slice(0, 400));
      collect(property, names, notes, levels - 1);
    }
  }
  collect(items, names, notes, levels - 1);
  for (const branch of [anyOf, oneOf].flat()) collect(branch, names, notes, levels - 1);
}
