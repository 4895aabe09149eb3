import { Ajv, type ErrorObject } from 'ajv';
import { ValidationFailed } from '#core/core.errors.js';
import type { FieldFault } from '#errors/app-error.js';
import { OWN_SCHEMAS } from '#schema/own-schemas.js';
import type { Schema } from '#schema/schema.js';

/** Ajv's keyword → the code that a client can act on. */
const CODES: Readonly<Record<string, string>> = {
  required: 'required',
  additionalProperties: 'unknown_field',
  type: 'wrong_type',
  enum: 'not_in_enum',
  minimum: 'out_of_range',
  maximum: 'out_of_range',
  minLength: 'too_short',
  maxLength: 'too_long',
  minItems: 'too_few',
  maxItems: 'too_many',
  pattern: 'wrong_format',
};

/** More are not told of one body. */
const MOST_FAULTS = 20;

/** Compiles, when it is first asked, a check of bodies that no DTO describes. @returns a check that throws ValidationFailed */
export function bodyCheck<T>(schema: Schema<T>): (body: unknown) => T {
  const compiled = () => new Ajv({ ...OWN_SCHEMAS, allErrors: true }).compile<T>({ ...schema, $id: undefined });
  let check: ReturnType<typeof compiled> | undefined;
  return (body) => {
    check ??= compiled();
    if (!check(body)) throw new ValidationFailed(faultsOf(check.errors!));
    const unstorable = fieldWithNull(body, '');
    if (unstorable === undefined) return body;
    throw new ValidationFailed([{ field: unstorable, code: 'wrong_format', message: 'must not contain U+0000' }]);
  };
}

/** Each wrong field once. Nothing of what was sent is repeated, but the names of fields, cut. */
function faultsOf(errors: readonly ErrorObject[]): FieldFault[] {
  const faults = new Map<string, FieldFault>();
  for (const error of errors) {
    // Of what may be null Ajv tells twice that it is wrong, and once that neither fits.
    if (error.keyword === 'anyOf' || (error.keyword === 'type' && error.params['type'] === 'null')) continue;
    const fault = faultOf(error);
    if (!faults.has(fault.field)) faults.set(fault.field, fault);
  }
  return [...faults.values()].slice(0, MOST_FAULTS);
}

function faultOf({ keyword, instancePath, params, message = 'is not valid' }: ErrorObject): FieldFault {
  const own = params['missingProperty'] ?? params['additionalProperty'];
  const path = [...instancePath.split('/').slice(1), ...(own === undefined ? [] : [String(own)])].join('.');
  const allowed = params['allowedValues'] as readonly string[] | undefined;
  const says: Readonly<Record<string, string>> = {
    required: 'is required',
    additionalProperties: 'is not a field of this request',
    enum: `must be one of ${allowed?.join(', ')}`,
    pattern: 'is not of the form that it must have',
  };
  const said =
    says[keyword] ?? message.replace('NOT have', 'not have').replace(/^must be (?=object|array)/, 'must be an ');
  return { field: path.slice(0, 128) || 'body', code: CODES[keyword] ?? 'invalid', message: said };
}

/** Where there is U+0000, in a text or in a name: PostgreSQL stores neither. */
function fieldWithNull(value: unknown, path: string): string | undefined {
  if (typeof value === 'string') return value.includes('\0') ? path : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, member] of Object.entries(value)) {
    if (name.includes('\0')) return path || 'body';
    const found = fieldWithNull(member, path === '' ? name : `${path}.${name}`);
    if (found !== undefined) return found.slice(0, 128);
  }
  return undefined;
}
