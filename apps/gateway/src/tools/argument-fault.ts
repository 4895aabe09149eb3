import type { ErrorObject } from 'ajv';
import { clockFault, parseInstant } from '#core/instant.js';
import type { FieldFault } from '#errors/app-error.js';
import type { JsonObject } from './tool.js';

/** Characters of a list of choices that are told. */
const LONGEST_CHOICES = 1_000;

/** What Ajv found wrong with the arguments of a call, in words that a client can act on. */
export function argumentFault(
  { keyword, instancePath, params, message = 'is not valid' }: ErrorObject,
  args: JsonObject,
): FieldFault {
  const path = fieldOf(instancePath);
  switch (keyword) {
    case 'required':
      return { field: within(path, params['missingProperty']), code: 'required', message: 'is required' };
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const name = params['additionalProperty'] ?? params['unevaluatedProperty'];
      return {
        field: within(path, name).slice(0, 128),
        code: 'unknown_field',
        message: 'is not an argument of this tool',
      };
    }
    case 'enum':
      return {
        field: path,
        code: 'not_in_enum',
        message: `must be one of ${(params['allowedValues'] as []).join(', ').slice(0, LONGEST_CHOICES)}`,
      };
    case 'format':
      return { field: path, ...formatFault(String(params['format']), args[path]) };
    default:
      return { field: path, code: CODES[keyword] ?? 'invalid', message: message.replace('NOT have', 'not have') };
  }
}

const ALL = 'arguments';

const fieldOf = (instancePath: string): string => instancePath.slice(1).replaceAll('/', '.') || ALL;

const within = (path: string, name: unknown): string => (path === ALL ? String(name) : `${path}.${String(name)}`);

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
  if (format !== 'date-time') return { code: 'wrong_format', message: `must have the format ${format}` };
  const ms = parseInstant(String(value));
  const clock = ms === undefined ? undefined : clockFault(ms, Date.now());
  if (clock !== undefined) return { code: 'clock_out_of_range', message: clock };
  return { code: 'invalid_timestamp', message: 'must be an ISO 8601 date and time with an offset' };
}
