import type { ApiParameter } from './api-operation.js';

type Pair = readonly [name: string, value: string];
type Encode = (text: string) => string;

/** Everything that is not unreserved (RFC 3986) is written with a percent sign. */
export const encode: Encode = (text) =>
  encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** Of a value that is no text, its JSON. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const isThere = (value: unknown) => value !== undefined && value !== null;

function membersOf(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, below]) => isThere(below));
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
const isComposite = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** The texts of a parameter's value, before anything joins or encodes them. */
export function textsOf(value: unknown): string[] {
  if (isList(value)) return value.map(textOf);
  return isComposite(value) ? membersOf(value).flatMap(([name, below]) => [name, textOf(below)]) : [textOf(value)];
}

/** `style: simple`: of a path without more, and of a header. */
export function simple(value: unknown, explode: boolean, as: Encode): string {
  if (isList(value)) return value.map((one) => as(textOf(one))).join(',');
  if (!isComposite(value)) return as(textOf(value));
  const join = explode ? '=' : ',';
  return membersOf(value)
    .map(([name, below]) => `${as(name)}${join}${as(textOf(below))}`)
    .join(',');
}

/** Of a path: `simple`, `label` (`.a.b`) or `matrix` (`;name=a`). */
export function inPath({ name, style, explode }: ApiParameter, value: unknown): string {
  if (style === 'simple') return simple(value, explode, encode);
  if (style === 'label') return `.${explode ? exploded(value, '.') : simple(value, false, encode)}`;
  if (!explode || !isComposite(value)) return `;${encode(name)}=${simple(value, false, encode)}`;
  if (!isList(value)) return `;${exploded(value, ';')}`;
  return value.map((one) => `;${encode(name)}=${encode(textOf(one))}`).join('');
}

const exploded = (value: unknown, by: string) => simple(value, true, encode).replaceAll(',', by);

/** What stands after the question mark for one parameter, encoded; empty for an empty list. */
export function inQuery({ name, style, explode }: ApiParameter, value: unknown): string[] {
  if (!isComposite(value)) return [pair([name, textOf(value)])];
  if (style === 'deepObject' && !isList(value)) return deep(name, value).map(pair);
  if (isList(value)) return ofList(name, style, explode, value);
  const members = membersOf(value).map(([key, below]): Pair => [key, textOf(below)]);
  if (members.length === 0) return [];
  if (explode) return members.map(pair);
  return [`${encode(name)}=${members.map(([key, below]) => `${encode(key)},${encode(below)}`).join(',')}`];
}

const BETWEEN: Readonly<Record<string, string>> = { spaceDelimited: '%20', pipeDelimited: '%7C' };

function ofList(name: string, style: string, explode: boolean, value: readonly unknown[]): string[] {
  if (value.length === 0) return [];
  // A list has no form of its own in deepObject: it is written as most servers read it.
  if (explode || style === 'deepObject') return value.map((one) => pair([name, textOf(one)]));
  return [`${encode(name)}=${value.map((one) => encode(textOf(one))).join(BETWEEN[style] ?? ',')}`];
}

function deep(name: string, value: object): Pair[] {
  return membersOf(value).flatMap(([key, below]) => {
    const at = `${name}[${key}]`;
    if (isList(below)) return below.map((one): Pair => [at, textOf(one)]);
    return isComposite(below) ? deep(at, below) : [[at, textOf(below)] as const];
  });
}

const pair = ([name, value]: Pair) => `${encode(name)}=${encode(value)}`;
