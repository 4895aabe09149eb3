import type { ErrorObject } from 'ajv';
import type { FieldFault } from '#errors/app-error.js';

/** More are of no use to whoever corrects them, and cost whoever is sent them. */
const MAX_FAULTS = 20;
const MAX_NAME = 128;

type Params = Readonly<Record<string, unknown>>;
type Explain = (params: Params, known: string) => readonly [code: string, message: string];

const characters = (count: unknown) => (count === 1 ? '1 character' : `${String(count)} characters`);
const items = (count: unknown) => (count === 1 ? '1 item' : `${String(count)} items`);
const article = (type: string) => (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`);
const kinds = (type: unknown) => [type].flat().map(String).map(article).join(' or ');

/** Ajv's keyword → the code and the words that whoever called can act on. */
const EXPLAIN: Readonly<Record<string, Explain>> = {
  required: () => ['required', 'is required'],
  additionalProperties: (_, known) => ['unknown', `is not an argument; there are: ${known}`],
  unevaluatedProperties: (_, known) => ['unknown', `is not an argument; there are: ${known}`],
  type: ({ type }) => ['wrong_type', `must be ${kinds(type)}`],
  enum: ({ allowedValues }) => ['not_in_enum', `must be one of ${(allowedValues as unknown[]).join(', ')}`],
  const: ({ allowedValue }) => ['not_in_enum', `must be ${JSON.stringify(allowedValue)}`],
  minimum: ({ limit }) => ['out_of_range', `must be ≥ ${String(limit)}`],
  maximum: ({ limit }) => ['out_of_range', `must be ≤ ${String(limit)}`],
  exclusiveMinimum: ({ limit }) => ['out_of_range', `must be > ${String(limit)}`],
  exclusiveMaximum: ({ limit }) => ['out_of_range', `must be < ${String(limit)}`],
  multipleOf: ({ multipleOf }) => ['out_of_range', `must be a multiple of ${String(multipleOf)}`],
  minLength: ({ limit }) => [
    'too_short',
    limit === 1 ? 'must not be empty' : `must have at least ${characters(limit)}`,
  ],
  maxLength: ({ limit }) => ['too_long', `must have at most ${characters(limit)}`],
  minItems: ({ limit }) => ['too_short', `must have at least ${items(limit)}`],
  maxItems: ({ limit }) => ['too_long', `must have at most ${items(limit)}`],
  pattern: ({ pattern }) => ['wrong_format', `must match ${String(pattern)}`],
  format: ({ format }) => ['wrong_format', `must be a valid ${String(format)}`],
};

/**
 * What Ajv found, field by field, in words that a model can act on. Nothing of the values is repeated.
 * @param schema of the arguments, which names those that there are
 */
export function fieldFaults(errors: readonly ErrorObject[], schema: Params): readonly FieldFault[] {
  const known = Object.keys((schema['properties'] as object | undefined) ?? {}).join(', ') || 'none';
  return errors.slice(0, MAX_FAULTS).map(({ instancePath, keyword, params, message }) => {
    const explain = Object.hasOwn(EXPLAIN, keyword) ? EXPLAIN[keyword] : undefined;
    const [code, words] = explain?.(params, known) ?? ['invalid', message ?? 'is not valid'];
    return { field: fieldOf(instancePath, params), code, message: words };
  });
}

/** `items[3].name`; the member that is missing or too much, where it is one. */
function fieldOf(pointer: string, params: Params): string {
  const member = params['missingProperty'] ?? params['additionalProperty'] ?? params['unevaluatedProperty'];
  const names = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (typeof member === 'string') names.push(member);
  let field = '';
  for (const name of names) field += /^\d+$/.test(name) ? `[${name}]` : field === '' ? name : `.${name}`;
  return field.length > MAX_NAME ? `${field.slice(0, MAX_NAME)}…` : field || 'arguments';
}
