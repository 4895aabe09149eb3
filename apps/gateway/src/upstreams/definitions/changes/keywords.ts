import { member, sameJson } from '#gateway/tools/hygiene/json.js';
import { isPlainName, typesOf } from './arguments.js';
import type { ChangeClass } from './change.js';
import type { Difference } from './place.js';
import { compareTexts, noteWords } from './compare-texts.js';
import {
  compareBranches,
  compareEach,
  compareMap,
  compareParts,
  compareProperties,
  compareRequired,
} from './sub-schemas.js';

type Compare = (difference: Difference) => void;

const note = ({ path, values, at }: Difference, kind: ChangeClass, why: string, harmless = false): void =>
  at.found.add(path, values, kind, why, harmless && at.side === 'input');

/** Which way it goes cannot be said, or it goes both ways. */
const both: Compare = (difference) => {
  note(difference, 'widened', `${difference.keyword} is another`);
  note(difference, 'narrowed', `${difference.keyword} is another`);
};

/** A keyword that only ever takes away: introduced it narrows, removed it widens. */
const restriction: Compare = (difference) => {
  const [before, after] = difference.values;
  if (before === undefined) note(difference, 'narrowed', `${difference.keyword} was not there`);
  else if (after === undefined) note(difference, 'widened', `${difference.keyword} is gone`);
  else both(difference);
};

const isNumber = (value: unknown): value is number => typeof value === 'number';

/** @param sign 1: a higher bound takes more; -1: a lower one does */
const bound =
  (sign: 1 | -1, harmless = false): Compare =>
  (difference) => {
    const [before, after] = difference.values;
    if (![before, after].every((value) => value === undefined || isNumber(value))) return both(difference);
    const reach = (value: unknown) => (isNumber(value) ? value * sign : Infinity);
    if (reach(after) > reach(before)) note(difference, 'widened', `${difference.keyword} leaves more room`, harmless);
    else note(difference, 'narrowed', `${difference.keyword} leaves less room`);
  };

const step: Compare = (difference) => {
  const [before, after] = difference.values;
  if (!isNumber(before) || !isNumber(after)) return restriction(difference);
  if (before % after === 0) note(difference, 'widened', 'takes smaller steps', true);
  else if (after % before === 0) note(difference, 'narrowed', 'takes larger steps');
  else both(difference);
};

const unique: Compare = (difference) => {
  if (difference.values[1] === true) note(difference, 'narrowed', 'takes no item twice');
  else if (difference.values[0] === true) note(difference, 'widened', 'takes items twice');
  else noteWords(difference.path, difference.values, 'uniqueItems', difference.at.found);
};

const types: Compare = (difference) => {
  const [before, after] = difference.schemas.map((schema) => typesOf({ ...schema, properties: undefined }));
  const gained = after!.filter((type) => !before!.includes(type));
  const lost = before!.filter((type) => !after!.includes(type));
  if (gained.length > 0) note(difference, 'widened', `takes ${gained.join(', ')} too`);
  if (lost.length > 0) note(difference, 'narrowed', `takes ${lost.join(', ')} no more`);
};

/** `const` is an enumeration of one. */
const choices: Compare = (difference) => {
  const [before, after] = difference.schemas.map((schema) => {
    const values = member(schema, 'enum');
    if (Array.isArray(values)) return values as unknown[];
    return Object.hasOwn(schema, 'const') ? [schema['const']] : undefined;
  });
  if (!before || !after) return restriction(difference);
  const missing = (from: readonly unknown[], among: readonly unknown[]) =>
    from.filter((value) => !among.some((other) => sameJson(value, other)));
  const [gained, lost] = [missing(after, before), missing(before, after)];
  if (gained.length > 0) note(difference, 'widened', 'has more choices', gained.every(isPlainName));
  if (lost.length > 0) note(difference, 'narrowed', 'has fewer choices');
};

/** What is done when an argument is left out: nobody who calls the tool says so. */
const fallback: Compare = (difference) => {
  const { values, at } = difference;
  if (at.side === 'output') return noteWords(difference.path, values, 'default', at.found);
  const isPlain = values.every((value) => value === undefined || isNumber(value) || typeof value === 'boolean');
  note(difference, isPlain ? 'widened' : 'new_capability', 'does something else when it is left out');
};

const header: Compare = (difference) => {
  if (difference.values[1] === undefined) note(difference, 'narrowed', 'is no longer said in a header');
  else note(difference, 'new_capability', 'is said in a header now');
};

const words: Compare = ({ keyword, path, values, at }) => compareTexts(path, values, keyword, at.found);
const dialect: Compare = (difference) => note(difference, 'wording', 'names another dialect', true);

const table: Readonly<Record<string, Compare>> = {
  type: types,
  enum: choices,
  const: choices,
  default: fallback,
  'x-mcp-header': header,
  minimum: bound(-1, true),
  exclusiveMinimum: bound(-1, true),
  maximum: bound(1, true),
  exclusiveMaximum: bound(1, true),
  multipleOf: step,
  uniqueItems: unique,
  properties: compareProperties,
  required: compareRequired,
  items: compareParts,
  prefixItems: compareEach,
  allOf: compareBranches,
  anyOf: compareBranches,
  oneOf: compareBranches,
  patternProperties: compareMap,
  $defs: compareMap,
  definitions: compareMap,
  $schema: dialect,
};
const SAME: readonly (readonly [Compare, string])[] = [
  [bound(-1), 'minLength minItems minProperties minContains'],
  [bound(1), 'maxLength maxItems maxProperties maxContains'],
  [restriction, 'pattern format not propertyNames contains dependentRequired'],
  [both, 'if then else dependentSchemas dependencies contentEncoding contentMediaType contentSchema'],
  [both, '$ref $dynamicRef $recursiveRef $id id $anchor $dynamicAnchor $recursiveAnchor $vocabulary'],
  [compareParts, 'additionalProperties unevaluatedProperties additionalItems unevaluatedItems'],
  [words, 'description title $comment'],
];

/** What it means that a keyword of JSON Schema has changed. */
export const KEYWORDS: ReadonlyMap<string, Compare> = new Map([
  ...Object.entries(table),
  ...SAME.flatMap(([compare, names]) => names.split(' ').map((name) => [name, compare] as const)),
]);
