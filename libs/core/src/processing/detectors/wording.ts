import { normaliseError } from '../normalise-error.js';
import type { TracedError } from '../trace.js';

const MAX_ERRORS = 3;
const MAX_FILES = 3;

/** `3 errors`, `1 error`. */
export const count = (amount: number, one: string, many = `${one}s`) => `${amount} ${amount === 1 ? one : many}`;

/** Errors as a person would list them: each kind once, the most frequent first, with how often. */
export function listErrors(errors: readonly TracedError[]): string {
  const kinds = new Map<string, { text: string; times: number }>();
  for (const { text, type } of errors) {
    const kind = `${type} ${normaliseError(text)}`;
    const known = kinds.get(kind) ?? { text: errorLine({ text, type }), times: 0 };
    known.times++;
    kinds.set(kind, known);
  }
  const sorted = [...kinds.values()].sort((a, b) => b.times - a.times);
  const listed = sorted
    .slice(0, MAX_ERRORS)
    .map(({ text, times }) => (times > 1 ? `"${text}" (${times} times)` : `"${text}"`));
  const rest = sorted.length - listed.length;
  return listed.join(', ') + (rest > 0 ? ` and ${count(rest, 'other kind')}` : '');
}

/** The error in one line that starts with, or at least holds, its type. */
export const errorLine = ({ text, type }: Pick<TracedError, 'text' | 'type'>) =>
  oneLine(text.includes(type.split(' ', 1)[0]!) ? text : `${type}: ${text}`);

/** ` in a.py and b.py`, or nothing. */
export function inFiles(files: Iterable<string>): string {
  const names = [...new Set([...files].map((file) => file.slice(file.lastIndexOf('/') + 1)))];
  if (names.length === 0) return '';
  const listed = names.slice(0, MAX_FILES).join(', ');
  return ` in ${listed}${names.length > MAX_FILES ? ` and ${count(names.length - MAX_FILES, 'other file')}` : ''}`;
}

/** A command in a title. */
export const quoted = (label: string) => `\`${oneLine(label)}\``;

const oneLine = (text: string) => {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 120 ? `${line.slice(0, 117)}...` : line;
};
