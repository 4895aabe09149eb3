import { allText } from './arguments.js';
import type { Findings, Values } from './change.js';
import type { Difference } from './place.js';
import { differInMarksOnly, gainsInstructions } from './wording.js';

const INSTRUCTS = 'gives instructions that it did not give';

/** Notes a text that has changed. @param what it is, for people */
export function compareTexts(path: string, values: Values, what: string, found: Findings): void {
  const [before, after] = values;
  if (!isText(before) || !isText(after)) return noteWords(path, values, what, found);
  if (gainsInstructions(before ?? '', after ?? '')) return found.add(path, values, 'new_capability', INSTRUCTS);
  const harmless = before !== undefined && after !== undefined && differInMarksOnly(before, after);
  found.add(path, values, 'wording', `${what} has changed`, harmless);
}

const isText = (value: unknown): value is string | undefined => typeof value === 'string' || value === undefined;

/** Notes something that is only read, of whatever shape. */
export function noteWords(path: string, values: Values, what: string, found: Findings): void {
  const gains = gainsInstructions(allText(values[0]), allText(values[1]));
  if (gains) found.add(path, values, 'new_capability', INSTRUCTS);
  else found.add(path, values, 'wording', `${what} has changed`);
}

/** A keyword that JSON Schema does not know decides nothing; a model may read it. */
export const compareUnknown = ({ keyword, values, path, at }: Difference): void =>
  noteWords(path, values, keyword, at.found);
