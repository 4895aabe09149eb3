import type { FieldFault } from '#errors/app-error.js';

/** What of a text is asked for. */
export type Range =
  | { readonly kind: 'whole' }
  | { readonly kind: 'characters'; readonly offset: number; readonly length: number | undefined }
  | { readonly kind: 'lines'; readonly from: number; readonly to: number }
  | { readonly kind: 'select'; readonly expression: string };

const NUMBER = /^\d{1,10}$/;
const LINES = /^(\d{1,7})-(\d{1,7})$/;
const KNOWN = ['offset', 'length', 'lines', 'select'];

/** @returns what is wrong with it, for whoever asked */
export function readRange(query: string): Range | FieldFault {
  const given = new URLSearchParams(query);
  const names = [...given.keys()];
  const unknown = names.find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) return fault(unknown.slice(0, 32), `is not known; there are: ${KNOWN.join(', ')}`);
  if (new Set(names).size < names.length) return fault(names[0]!, 'stands there twice');
  const [lines, select] = [given.get('lines'), given.get('select')];
  const ways = [lines !== null, select !== null, given.has('offset') || given.has('length')].filter(Boolean).length;
  if (ways > 1) return fault(names[0]!, 'stands beside another way to say what is wanted');
  if (lines !== null) return linesOf(lines);
  if (select !== null) return { kind: 'select', expression: select };
  return ways === 0 ? { kind: 'whole' } : charactersOf(given);
}

function linesOf(given: string): Range | FieldFault {
  const [, from, to] = LINES.exec(given) ?? [];
  if (from === undefined || Number(from) < 1 || Number(to) < Number(from)) return fault('lines', 'must be as 1-200');
  return { kind: 'lines', from: Number(from), to: Number(to) };
}

function charactersOf(given: URLSearchParams): Range | FieldFault {
  const [offset, length] = [given.get('offset') ?? '0', given.get('length')];
  if (!NUMBER.test(offset)) return fault('offset', 'must be a number of characters');
  if (length !== null && (!NUMBER.test(length) || Number(length) < 1)) {
    return fault('length', 'must be a number of characters');
  }
  return { kind: 'characters', offset: Number(offset), length: length === null ? undefined : Number(length) };
}

const fault = (field: string, message: string): FieldFault => ({ field, code: 'range', message });
