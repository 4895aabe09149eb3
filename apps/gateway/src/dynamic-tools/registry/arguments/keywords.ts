import { type FuncKeywordDefinition, str } from 'ajv';
import { canonicalJson } from '#core/canonical-json.js';
import type { Fuel } from './fuel.js';
import { COST, type Cost, nodesOf } from './schema-cost.js';

const PER_NODE = 60;
const DEEPEST = 1_000;

/** What Ajv has keywords for whose work grows with the value: they pay for it here. Each takes the place of Ajv's own. */
export function keywords(fuel: Fuel): readonly FuncKeywordDefinition[] {
  const membersOf = (value: object): number => {
    const { length } = Object.keys(value);
    fuel.spend(10 * length);
    return length;
  };
  const pay = ({ own, perMember, perItem }: Cost, value: unknown): boolean => {
    fuel.spend(own);
    if (typeof value !== 'object' || value === null) return true;
    if (Array.isArray(value)) fuel.spend(perItem * value.length);
    else if (perMember > 0) fuel.spend(perMember * Object.keys(value).length);
    return true;
  };
  /** Characters as JSON Schema counts them; `length` counts some of them twice. */
  const charactersOf = (text: string): number => {
    fuel.spend(text.length);
    let characters = 0;
    for (const _ of text) characters++;
    return characters;
  };
  const isAtMost = (most: number, text: string): boolean =>
    text.length <= most || (text.length <= 2 * most && charactersOf(text) <= most);
  const isAtLeast = (least: number, text: string): boolean =>
    text.length >= 2 * least || (text.length >= least && charactersOf(text) >= least);
  const distinct = (items: readonly unknown[]): boolean => {
    fuel.spend(PER_NODE * nodesOf(items));
    const seen = new Set<string>();
    for (const item of items) {
      const json = canonicalJson(item, DEEPEST);
      fuel.spend(json.length);
      seen.add(json);
    }
    return seen.size === items.length;
  };
  return [
    { keyword: COST, before: '$ref', schemaType: 'object', errors: false, validate: pay },
    limit('maxLength', 'string', isAtMost, 'more', 'characters'),
    limit('minLength', 'string', isAtLeast, 'fewer', 'characters'),
    limit('maxProperties', 'object', (most, value: object) => membersOf(value) <= most, 'more', 'properties'),
    limit('minProperties', 'object', (least, value: object) => membersOf(value) >= least, 'fewer', 'properties'),
    {
      keyword: 'uniqueItems',
      type: 'array',
      schemaType: 'boolean',
      validate: (isWanted: boolean, items: readonly unknown[]) => !isWanted || distinct(items),
      error: { message: 'must not have an item twice' },
    },
  ];
}

function limit<Value>(
  keyword: string,
  type: 'string' | 'object',
  validate: (limit: number, value: Value) => boolean,
  than: 'more' | 'fewer',
  what: string,
): FuncKeywordDefinition {
  const message = ({ schemaCode }: { readonly schemaCode: unknown }) =>
    str`must not have ${than} than ${schemaCode as number} ${what}`;
  return { keyword, type, schemaType: 'number', validate, error: { message } };
}
