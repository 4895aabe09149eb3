import { isObject, type JsonObject } from '#gateway/tools/tool.js';
import { COST, costOf, IN_PLACE_LISTS, IN_PLACE_ONES, isSimple, nodesOf, targetOf } from './schema-cost.js';

/** Values of a schema when every reference is written out: as much work it is to compile at most. */
const MOST_EXPANDED = 1_000;
/** Schemas of the same value as another one, likewise. */
const MOST_IN_PLACE = 200;
/** Schemas inside each other, references followed. */
const DEEPEST = 100;
const LONGEST_PATTERN = 1_000;
const MOST_PATTERNS = 50;

const MAPS = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);
const LISTS = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems']);
const ONES = new Set([
  'not',
  'if',
  'then',
  'else',
  'items',
  'contains',
  'additionalProperties',
  'propertyNames',
  'unevaluatedItems',
  'unevaluatedProperties',
]);
/** What makes one text mean another schema elsewhere. */
const REFUSED = new Set([
  '$id',
  'id',
  '$anchor',
  '$dynamicAnchor',
  '$recursiveAnchor',
  '$dynamicRef',
  '$recursiveRef',
  '$vocabulary',
  COST,
]);
const DIALECT = /^https?:\/\/json-schema\.org\/(?:draft\/2020-12|draft-07)\/schema#?$/;

/** Walks a tenant's schema once. */
class Walk {
  private patterns = 0;
  private readonly way = new Set<object>();
  private readonly places = new Map<object, unknown>();
  private readonly references: unknown[] = [];
  private expanded = 0;
  private inPlace = 0;

  constructor(private readonly root: JsonObject) {}

  /** @param isArgument true where only `properties` leads to: there defaults are filled in */
  ready(schema: unknown, isArgument: boolean): unknown {
    if (!isObject(schema)) return schema;
    const made: Record<string, unknown> = {};
    this.places.set(schema, made);
    for (const [keyword, value] of Object.entries(schema)) {
      if (schema === this.root && (keyword === '$schema' || keyword === '$id')) continue;
      if (REFUSED.has(keyword) || keyword === '$schema') throw new Refused(`uses ${keyword}`);
      if (keyword === 'default' && !isArgument) continue;
      made[keyword] = this.part(keyword, value, isArgument);
    }
    if (!isSimple(schema)) made[COST] = costOf(schema);
    return made;
  }

  private part(keyword: string, value: unknown, isArgument: boolean): unknown {
    if (keyword === '$ref') this.references.push(value);
    if (keyword === 'pattern') this.pattern(value);
    if ((keyword === 'enum' || keyword === 'const') && hasObjects(value))
      throw new Refused(`has objects in ${keyword}`);
    if (ONES.has(keyword)) return this.ready(value, false);
    if (LISTS.has(keyword) && Array.isArray(value)) return value.map((each) => this.ready(each, false));
    if (!MAPS.has(keyword) || !isObject(value)) return value;
    if (keyword === 'patternProperties') for (const pattern of Object.keys(value)) this.pattern(pattern);
    const isDeeper = isArgument && keyword === 'properties';
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, this.ready(each, isDeeper)]));
  }

  private pattern(pattern: unknown): void {
    if (typeof pattern !== 'string') throw new Refused('has a pattern that is no text');
    if (pattern.length > LONGEST_PATTERN) throw new Refused(`has a pattern of more than ${LONGEST_PATTERN} characters`);
    if (++this.patterns > MOST_PATTERNS) throw new Refused(`has more than ${MOST_PATTERNS} patterns`);
  }

  /** Where references lead to, and what they come to. */
  follow(): void {
    for (const reference of this.references) {
      const target = targetOf(this.root, reference);
      const isPlace = typeof target === 'boolean' || (isObject(target) && this.places.has(target));
      if (!isPlace) throw new Refused('has a reference to nothing in it, or to somewhere else');
    }
    this.expand(this.root);
  }

  private expand(schema: unknown): void {
    if (!isObject(schema)) return;
    if (this.way.has(schema)) throw new Refused('has a reference that leads to itself');
    if (this.way.size >= DEEPEST) throw new Refused(`is deeper than ${DEEPEST} with its references followed`);
    this.way.add(schema);
    for (const [keyword, value] of Object.entries(schema)) {
      const isSchemas = MAPS.has(keyword) || LISTS.has(keyword);
      this.expanded += isSchemas || ONES.has(keyword) ? 1 : nodesOf(value);
      if (this.expanded > MOST_EXPANDED)
        throw new Refused(`has more than ${MOST_EXPANDED} values with its references followed`);
      if (IN_PLACE_ONES.has(keyword)) this.inPlace += 1;
      if (isSchemas && (IN_PLACE_LISTS.has(keyword) || keyword === 'dependentSchemas'))
        this.inPlace += Object.keys(value as object).length;
      if (this.inPlace > MOST_IN_PLACE) throw new Refused(`has more than ${MOST_IN_PLACE} alternatives and conditions`);
      // What is only defined here is counted where it is used.
      if (keyword === '$defs' || keyword === 'definitions') continue;
      if (keyword === '$ref') this.expand(targetOf(this.root, value));
      else if (ONES.has(keyword)) this.expand(value);
      else if (isSchemas && typeof value === 'object' && value !== null)
        Object.values(value).forEach((each) => this.expand(each));
    }
    this.way.delete(schema);
  }
}

/** Why a schema is refused, in words that go after its name. */
export class Refused extends Error {}

/** Equal objects are found by comparing all their members with all the members of what came. */
const hasObjects = (value: unknown): boolean =>
  Array.isArray(value) ? value.some(hasObjects) : typeof value === 'object' && value !== null;

/** The schema as it can be compiled: every part of it says what a look at it costs. @throws Refused */
export function readySchema(schema: JsonObject): JsonObject {
  const dialect = schema['$schema'];
  if (dialect !== undefined && (typeof dialect !== 'string' || !DIALECT.test(dialect))) {
    throw new Refused('is of a dialect other than 2020-12 and draft-07');
  }
  const walk = new Walk(schema);
  const made = walk.ready(schema, true) as JsonObject;
  walk.follow();
  return made;
}
