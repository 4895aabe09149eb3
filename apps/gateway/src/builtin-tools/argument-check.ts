import { Ajv, type ErrorObject } from 'ajv';
import { canonicalFault } from '#core/canonical-json.js';
import { isUuid } from '#core/identifiers.js';
import { clockFault, parseInstant } from '#core/instant.js';
import type { FieldFault } from '#errors/app-error.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import { InvalidArguments } from '#gateway/tools/tools.errors.js';
import type { ObjectSchema } from '#schema/schema.js';

/** @returns the arguments with defaults filled in. @throws InvalidArguments */
export type ArgumentCheck = (given: JsonObject) => JsonObject;

/** Deepest nesting of an argument that is any object, as of a DTO's field. */
const MAX_DEPTH = 32;

/** Compiles a check of arguments: the schema, and what the DTOs of the REST routes ask of every field beside it. */
export function argumentCheck(schema: ObjectSchema): ArgumentCheck {
  const ajv = new Ajv({ strict: false, useDefaults: true, formats: { uuid: isUuid, 'date-time': isInstant } });
  const validate = ajv.compile({ ...schema, $id: undefined, additionalProperties: false });
  return (given) => {
    // Clients that send null mean that they have nothing to send.
    const args = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
    const fault = validate(args) ? faultBeyondSchema(args) : faultOf(validate.errors![0]!, args);
    if (fault) throw new InvalidArguments([fault]);
    return args;
  };
}

const isInstant = (text: string) => {
  const ms = parseInstant(text);
  return ms !== undefined && clockFault(ms, Date.now()) === undefined;
};

function faultOf(
  { keyword, instancePath, params, message = 'is not valid' }: ErrorObject,
  args: JsonObject,
): FieldFault {
  const path = instancePath.slice(1).replaceAll('/', '.') || 'arguments';
  switch (keyword) {
    case 'required':
      return { field: String(params['missingProperty']), code: 'required', message: 'is required' };
    case 'additionalProperties':
      return {
        field: String(params['additionalProperty']).slice(0, 128),
        code: 'unknown_field',
        message: 'is not an argument of this tool',
      };
    case 'enum':
      return {
        field: path,
        code: 'not_in_enum',
        message: `must be one of ${(params['allowedValues'] as []).join(', ')}`,
      };
    case 'format':
      return { field: path, ...formatFault(String(params['format']), args[path]) };
    default:
      return { field: path, code: CODES[keyword] ?? 'invalid', message: message.replace('NOT have', 'not have') };
  }
}

/** Ajv's keyword → the code that a client can act on. */
const CODES: Readonly<Record<string, string>> = {
  type: 'wrong_type',
  minimum: 'out_of_range',
  maximum: 'out_of_range',
  minLength: 'too_short',
  maxLength: 'too_long',
  minItems: 'out_of_range',
  maxItems: 'out_of_range',
};

function formatFault(format: string, value: unknown): Omit<FieldFault, 'field'> {
  if (format === 'uuid') return { code: 'wrong_format', message: 'must be a UUID' };
  const ms = parseInstant(String(value));
  const clock = ms === undefined ? undefined : clockFault(ms, Date.now());
  if (clock !== undefined) return { code: 'clock_out_of_range', message: clock };
  return { code: 'invalid_timestamp', message: 'must be an ISO 8601 date and time with an offset' };
}

/** PostgreSQL has no text with U+0000 in it, and what is stored as JSON has to be JSON of some depth at most. */
function faultBeyondSchema(args: JsonObject): FieldFault | undefined {
  for (const [field, value] of Object.entries(args)) {
    if ([value].flat().some((text) => typeof text === 'string' && text.includes('\0'))) {
      return { field, code: 'wrong_format', message: 'must not contain U+0000' };
    }
    if (typeof value !== 'object' || Array.isArray(value)) continue;
    const message = canonicalFault(value, MAX_DEPTH);
    if (message !== undefined) return { field, code: 'too_deep', message };
  }
  return undefined;
}
