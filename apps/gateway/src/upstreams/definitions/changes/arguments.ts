import { isObject, type JsonObject } from '#gateway/tools/tool.js';
import { member, resolvePointer } from '#gateway/tools/hygiene/json.js';
import { givesInstructions } from './wording.js';

/** Formats that leave no room for anything but what they name. */
const CLOSED_FORMATS = new Set(['date', 'date-time', 'time', 'duration', 'uuid', 'ipv4', 'ipv6']);
const DEEPEST = 40;

/**
 * True for an argument that takes what its caller makes up: text, or whatever contains some. Patterns do not count: the
 * upstream wrote them, and `.*` is one.
 */
export const takesFreeText = (schema: unknown, root: unknown): boolean => takes(schema, root, new Map(), 0);

/** @param known what references have been found to take; one that is being looked at takes nothing by itself */
function takes(schema: unknown, root: unknown, known: Map<string, boolean>, depth: number): boolean {
  if (typeof schema === 'boolean') return schema;
  if (!isObject(schema) || depth > DEEPEST) return true;
  const of = (name: string) => member(schema, name);
  const below = (part: unknown) => takes(part, root, known, depth + 1);
  if (of('const') !== undefined || Array.isArray(of('enum'))) return false;
  const reference = of('$ref');
  if (typeof reference === 'string') {
    if (!known.has(reference)) {
      known.set(reference, false);
      known.set(reference, below(reference.startsWith('#') ? resolvePointer(root, reference) : true));
    }
    return known.get(reference)!;
  }
  const either = [of('anyOf'), of('oneOf')].flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : []));
  if (either.length > 0) return either.some(below);
  const all = of('allOf');
  if (Array.isArray(all) && all.length > 0 && of('type') === undefined) return (all as unknown[]).every(below);
  return typesOf(schema).some((type) => {
    if (type === 'string') return !CLOSED_FORMATS.has(String(of('format')));
    if (type === 'array') return below(of('items') ?? of('prefixItems') === undefined);
    return type === 'object' && objectTakes(schema, below);
  });
}

function objectTakes(schema: JsonObject, below: (part: unknown) => boolean): boolean {
  const named = ['properties', 'patternProperties'].flatMap((map) => {
    const parts = member(schema, map);
    return isObject(parts) ? Object.values(parts) : [];
  });
  return below(member(schema, 'additionalProperties') ?? named.length === 0) || named.some(below);
}

const ALL_TYPES = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'] as const;

/** The types that a schema allows; all of them where it does not say. */
export function typesOf(schema: JsonObject): readonly string[] {
  const type = member(schema, 'type');
  if (typeof type === 'string') return type === 'number' ? ['integer', 'number'] : [type];
  if (!Array.isArray(type)) return member(schema, 'properties') === undefined ? ALL_TYPES : ['object'];
  const named = (type as unknown[]).map(String);
  return named.includes('number') ? [...named, 'integer'] : named;
}

const KINDS: readonly (readonly [RegExp, string])[] = [
  [/url|uri|link|endpoint|webhook|host|domain|address/i, 'an address'],
  [/path|file|dir|folder/i, 'a path'],
  [/cmd|command|shell|exec|bash|argv/i, 'a command'],
  [/sql|query|cypher|filter|expression/i, 'a query'],
  [/code|script|eval|source|template/i, 'code'],
  [/prompt|instruction|system|message|context|conversation/i, 'text for a model'],
];

/** What an argument of this name probably takes. */
export const kindOfText = (name: string): string => KINDS.find(([names]) => names.test(name))?.[1] ?? 'free text';

/** Words for what one would want to know of before. */
const RISKY =
  /(?:^|[^a-z])(?:all|admin|allow|bypass|confirm|delete|destroy|disable|drop|erase|exec|execute|force|grant|kill|overwrite|publish|purge|recursive|remove|root|send|share|skip|sudo|unsafe|verify|write)/i;
const IDENTIFIER = /^[A-Za-z][\w.-]{0,63}$/;

/** True for a short name, or a value of an enumeration, that is nothing but a name. */
export function isPlainName(name: unknown): boolean {
  if (typeof name === 'number' || typeof name === 'boolean' || name === null) return true;
  if (typeof name !== 'string' || !IDENTIFIER.test(name)) return false;
  return !RISKY.test(name.replace(/([a-z\d])([A-Z])/g, '$1_$2')) && !givesInstructions(name.replace(/[\W_]/g, ' '));
}

const SIMPLE = new Set(['boolean', 'integer', 'number', 'null']);
const SIMPLE_KEYWORDS =
  /^(?:type|enum|const|default|description|title|(?:exclusive)?M(?:in|ax)imum|m(?:in|ax)imum|multipleOf)$/;
const LONGEST_TEXT = 300;

/** True for an argument that is a number, a switch or a choice among names, and whose words are about itself. */
export function isHarmlessArgument(name: string, schema: unknown): boolean {
  if (!isObject(schema) || !isPlainName(name)) return false;
  if (!Object.keys(schema).every((keyword) => SIMPLE_KEYWORDS.test(keyword))) return false;
  const text = `${textOf(schema, 'title')} ${textOf(schema, 'description')}`;
  if (text.length > LONGEST_TEXT || givesInstructions(text)) return false;
  const values = member(schema, 'enum') ?? (Object.hasOwn(schema, 'const') ? [schema['const']] : undefined);
  if (values !== undefined) return Array.isArray(values) && values.every(isPlainName);
  return typesOf(schema).every((type) => SIMPLE.has(type));
}

const textOf = (schema: JsonObject, name: string): string => {
  const text = member(schema, name);
  return typeof text === 'string' ? text : '';
};

/** Every text in a schema that a model would read. */
export const allText = (value: unknown): string => (value === undefined ? '' : JSON.stringify(value));
