import { ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { ValidationFailed } from '#core/core.errors.js';
import type { FieldFault } from '#errors/app-error.js';

/** class-validator's constraint → the code that a client can act on. */
const CODES: Readonly<Record<string, string>> = {
  isNotEmpty: 'required',
  isString: 'wrong_type',
  isArray: 'wrong_type',
  isObject: 'wrong_type',
  isBoolean: 'wrong_type',
  isInt: 'wrong_type',
  isFlags: 'wrong_type',
  isLength: 'wrong_length',
  maxLength: 'too_long',
  arrayMaxSize: 'too_many',
  isIn: 'not_in_enum',
  isUuid: 'wrong_format',
  isStorable: 'wrong_format',
  isInstant: 'invalid_timestamp',
  clock: 'clock_out_of_range',
  min: 'out_of_range',
  max: 'out_of_range',
  maxDepth: 'too_deep',
  whitelistValidation: 'unknown_field',
};

/** The constraint that says most when several fail: what is missing has no type, what has no type has no length. */
const ORDER = [
  'whitelistValidation',
  'isNotEmpty',
  'isString',
  'isArray',
  'isObject',
  'isBoolean',
  'isInt',
  'isInstant',
];

/** Checks every DTO: unknown fields are refused, and each wrong field is named once, with its strongest reason. */
export const validationPipe = new ValidationPipe({
  transform: true,
  whitelist: true,
  forbidNonWhitelisted: true,
  forbidUnknownValues: true,
  exceptionFactory: (errors: ValidationError[]) => new ValidationFailed(errors.map(faultOf)),
});

function faultOf(error: ValidationError): FieldFault {
  const constraints = error.constraints ?? {};
  const names = Object.keys(constraints);
  const name = ORDER.find((constraint) => names.includes(constraint)) ?? names[0] ?? 'invalid';
  if (name === 'unknownValue') return { field: 'body', code: 'wrong_type', message: 'must be an object' };
  const message =
    name === 'whitelistValidation' ? 'is not a field of this request' : (constraints[name] ?? 'is not valid');
  return { field: error.property, code: CODES[name] ?? 'invalid', message };
}
