import { isObject, type JsonObject } from '#gateway/tools/tool.js';
import { resolvePointer } from '#gateway/tools/hygiene/json.js';

/** Where it stands in a schema that was made ready what a look at it costs. */
export const COST = 'x-achilles-cost';

/** What one value that is held against one schema costs, in units of fuel. */
export interface Cost {
  readonly own: number;
  /** For each member, where the value is an object. */
  readonly perMember: number;
  /** For each item, where it is an array. */
  readonly perItem: number;
}

/** A schema of the same value: what went wrong in it is written down, though another one may take the value. */
const IN_PLACE = 12;
const PER_MEMBER = 10;

/** Schemas of the same value as the schema that they stand in. */
export const IN_PLACE_LISTS = new Set(['allOf', 'anyOf', 'oneOf']);
export const IN_PLACE_ONES = new Set(['not', 'if', 'then', 'else', '$ref']);
const LOOKS_AT_MEMBERS = new Set([
  'additionalProperties',
  'unevaluatedProperties',
  'patternProperties',
  'propertyNames',
  'minProperties',
  'maxProperties',
]);

/** Keywords that cost next to nothing, or pay for themselves. */
const SIMPLE: ReadonlySet<string> = new Set(
  (
    'type title description default examples deprecated readOnly writeOnly $comment ' +
    'minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minItems maxItems const ' +
    'minLength maxLength pattern format minProperties maxProperties uniqueItems'
  ).split(' '),
);

/** True for a schema that whoever uses it pays for, which spares every plain member a step. */
export const isSimple = (schema: unknown): boolean =>
  !isObject(schema) || Object.keys(schema).every((keyword) => SIMPLE.has(keyword));

/** What it costs to look at this schema, without what it says of parts of the value. */
export function costOf(schema: JsonObject): Cost {
  let own = 2;
  let perMember = 0;
  let perItem = 0;
  for (const [keyword, value] of Object.entries(schema)) {
    own += 1;
    if (IN_PLACE_LISTS.has(keyword)) own += IN_PLACE * sizeOf(value);
    else if (IN_PLACE_ONES.has(keyword)) own += IN_PLACE;
    else if (keyword === 'dependentSchemas') own += IN_PLACE * sizeOf(value);
    else if (keyword === 'enum' || keyword === 'const') own += nodesOf(value);
    else if (keyword === 'required' || keyword === 'properties' || keyword === 'prefixItems') own += 3 * sizeOf(value);
    else if (keyword === 'dependentRequired') own += nodesOf(value);
    else if (keyword === 'contains') perItem += IN_PLACE;
    else if (keyword === 'items' || keyword === 'unevaluatedItems') perItem += 3;
    if (LOOKS_AT_MEMBERS.has(keyword)) perMember += PER_MEMBER;
    // Names that are listed are compared one after the other.
    if (keyword === 'additionalProperties') perMember += Math.min(sizeOf(schema['properties']), 10);
  }
  return { own, perMember, perItem };
}

const sizeOf = (value: unknown): number =>
  Array.isArray(value) ? value.length : isObject(value) ? Object.keys(value).length : 0;

/** How many values there are in a value. */
export function nodesOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  let nodes = 1;
  for (const member of Object.values(value)) nodes += nodesOf(member);
  return nodes;
}

/** What a reference of this document leads to. */
export const targetOf = (root: JsonObject, reference: unknown): unknown =>
  typeof reference === 'string' && /^#(?:\/|$)/.test(reference) ? resolvePointer(root, reference.slice(1)) : undefined;
