import { isObject } from '#gateway/tools/tool.js';
import { type Json } from './references.js';

const TYPES: ReadonlySet<unknown> = new Set(['string', 'number', 'integer', 'boolean', 'array', 'object', 'null']);
const LONGEST_TEXT = 1_000;
const LONGEST_PATTERN = 256;
const MOST_VALUES = 500;
/** Characters of a default, an example or a constant. */
const LONGEST_VALUE = 2_000;

const COUNTS = ['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'];
const NUMBERS = ['minimum', 'maximum'];
const TEXTS = ['title', 'format', 'contentEncoding', 'contentMediaType'];
const VALUES = ['default', 'const'];

/** Everything of a schema that holds no other schema, as 2020-12 writes it. What is no keyword, or not as it must be, goes. */
export function keptKeywords(schema: Json, isOld: boolean): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  keep(made, 'type', typeOf(schema['type']));
  keep(made, 'description', typeof schema['description'] === 'string' ? cut(schema['description']) : undefined);
  for (const name of TEXTS) keep(made, name, typeof schema[name] === 'string' ? cut(schema[name]) : undefined);
  for (const name of COUNTS) keep(made, name, isCount(schema[name]) ? schema[name] : undefined);
  for (const name of NUMBERS) keep(made, name, isNumber(schema[name]) ? schema[name] : undefined);
  const { multipleOf } = schema;
  keep(made, 'multipleOf', isNumber(multipleOf) && multipleOf > 0 ? multipleOf : undefined);
  for (const name of VALUES) keep(made, name, isShort(schema[name]) ? schema[name] : undefined);
  exclusive(made, schema, 'exclusiveMinimum', 'minimum');
  exclusive(made, schema, 'exclusiveMaximum', 'maximum');
  keep(made, 'pattern', patternOf(schema['pattern']));
  if (schema['uniqueItems'] === true) made['uniqueItems'] = true;
  if (schema['deprecated'] === true) made['deprecated'] = true;
  lists(made, schema, isOld);
  return made;
}

/** With `null` allowed: 3.0 says so beside the type. */
export function nullable(schema: Record<string, unknown>): Json {
  const { type } = schema;
  if (type === undefined) return { anyOf: [schema, { type: 'null' }] };
  const types = [type].flat();
  const all = types.includes('null') ? types : [...types, 'null'];
  const values = schema['enum'];
  const withNull = Array.isArray(values) && !values.includes(null) ? { enum: [...(values as unknown[]), null] } : {};
  return { ...schema, type: all, ...withNull };
}

function lists(made: Record<string, unknown>, schema: Json, isOld: boolean): void {
  const { required, enum: values, example, examples } = schema;
  if (Array.isArray(required)) {
    const names = required.filter((name): name is string => typeof name === 'string');
    if (names.length > 0) made['required'] = [...new Set(names)];
  }
  if (Array.isArray(values) && values.length > 0 && values.length <= MOST_VALUES && values.every(isShort)) {
    made['enum'] = values;
  }
  const told = !isOld && Array.isArray(examples) ? examples : example === undefined ? [] : [example];
  const short = told.filter(isShort).slice(0, 3);
  if (short.length > 0) made['examples'] = short;
}

/** In 3.0 a boolean beside the bound, in 3.1 the bound itself. */
function exclusive(made: Record<string, unknown>, schema: Json, name: string, bound: string): void {
  const given = schema[name];
  if (isNumber(given)) made[name] = given;
  else if (given === true && isNumber(schema[bound])) {
    made[name] = schema[bound];
    delete made[bound];
  }
}

function typeOf(given: unknown): unknown {
  if (!Array.isArray(given)) return TYPES.has(given) ? given : undefined;
  const types = [...new Set(given)].filter((type) => TYPES.has(type));
  return types.length === 0 ? undefined : types.length === 1 ? types[0] : types;
}

function patternOf(given: unknown): string | undefined {
  if (typeof given !== 'string' || given.length > LONGEST_PATTERN) return undefined;
  try {
    new RegExp(given, 'u');
    return given;
  } catch {
    return undefined;
  }
}

const keep = (made: Record<string, unknown>, name: string, value: unknown) => {
  if (value !== undefined) made[name] = value;
};
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;

function isShort(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= LONGEST_VALUE;
  if (!isObject(value) && !Array.isArray(value)) return value !== undefined;
  return JSON.stringify(value).length <= LONGEST_VALUE;
}

/** At the end of a word, where that costs little. */
export function cut(text: string, most = LONGEST_TEXT): string {
  const trimmed = text.trim();
  if (trimmed.length <= most) return trimmed;
  const short = trimmed.slice(0, most - 1).toWellFormed();
  const space = short.lastIndexOf(' ');
  return `${space > most * 0.8 ? short.slice(0, space) : short}…`;
}
