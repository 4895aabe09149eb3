import { applyDecorators } from '@nestjs/common';
import type { ApiPropertyOptions } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  IsUUID,
  Length,
  Max,
  MaxLength,
  Min,
  ValidateBy,
} from 'class-validator';
import { canonicalFault } from '#core/canonical-json.js';
import { clockFault, parseInstant } from '#core/instant.js';
import { documented } from './documented.js';

// One decorator per field of a DTO: it checks and documents, so the two cannot differ.

interface Field {
  readonly optional?: boolean;
  readonly description?: string;
}

const field = ({ optional, description }: Field, api: ApiPropertyOptions, ...checks: PropertyDecorator[]) =>
  applyDecorators(
    documented(({ ApiProperty }) => ApiProperty({ ...api, description, required: !optional } as ApiPropertyOptions)),
    ...(optional ? [IsOptional()] : [IsNotEmpty({ message: 'is required' })]),
    ...checks,
    // Clients that send null mean that they have nothing to send.
    ...(optional ? [Transform(({ value }: { value: unknown }) => value ?? undefined)] : []),
  );

/** PostgreSQL has no text with U+0000 in it. */
const storable = () =>
  check(
    'isStorable',
    (value) => ![value].flat().some((text) => typeof text === 'string' && text.includes('\0')),
    'must not contain U+0000',
  );

/** Text of `min` (1) to `max` characters. */
export const Text = ({ min = 1, max, ...options }: Field & { min?: number; max: number }) =>
  field(
    options,
    { type: String, minLength: min, maxLength: max },
    IsString({ message: 'must be a string' }),
    Length(min, max, { message: `must be ${min} to ${max} characters long` }),
    storable(),
  );

export const Identifier = (options: Field = {}) =>
  field(options, { type: String, format: 'uuid' }, IsUUID('all', { message: 'must be a UUID' }));

/** A date and time with an offset, neither before 2000 nor more than a day ahead. */
export const Instant = (options: Field = {}) =>
  field(
    options,
    { type: String, format: 'date-time' },
    check(
      'isInstant',
      (value) => typeof value === 'string' && parseInstant(value) !== undefined,
      'must be an ISO 8601 date and time with an offset',
    ),
    check('clock', (value) => clockOf(value) === undefined, clockOf),
  );

export const OneOf = (values: readonly string[], options: Field = {}) =>
  field(options, { enum: [...values] }, IsIn(values, { message: `must be one of ${values.join(', ')}` }));

/** Any JSON object, nested up to `depth` deep. */
export const AnyObject = ({ depth = 32, ...options }: Field & { depth?: number } = {}) =>
  field(
    options,
    { type: Object, additionalProperties: true },
    // class-transformer would copy it member by member; it is data, not a DTO.
    Transform(({ obj, key }) => (obj as Record<string, unknown>)[key]),
    IsObject({ message: 'must be an object' }),
    check(
      'maxDepth',
      (value) => canonicalFault(value, depth) === undefined,
      (value) => canonicalFault(value, depth),
    ),
  );

/** Up to `max` distinct labels of up to `length` characters. */
export const Labels = ({ max = 50, length = 64, ...options }: Field & { max?: number; length?: number } = {}) =>
  field(
    options,
    { type: [String], maxItems: max, items: { type: 'string', minLength: 1, maxLength: length } },
    IsArray({ message: 'must be an array of strings' }),
    ArrayMaxSize(max, { message: `must hold at most ${max} entries` }),
    IsString({ each: true, message: 'must hold strings only' }),
    IsNotEmpty({ each: true, message: 'must not hold empty strings' }),
    MaxLength(length, { each: true, message: `must hold strings of at most ${length} characters` }),
    storable(),
  );

/** Names with true or false each. */
export const Flags = (options: Field = {}) =>
  field(
    options,
    { type: Object, additionalProperties: { type: 'boolean' } },
    Transform(({ obj, key }) => (obj as Record<string, unknown>)[key]),
    IsObject({ message: 'must be an object' }),
    check('isFlags', areFlags, 'must hold at most 100 names of up to 64 characters, each true or false'),
  );

export const Flag = (options: Field & { default?: boolean } = {}) =>
  field(options, { type: Boolean, default: options.default }, IsBoolean({ message: 'must be true or false' }));

/** A whole number of a query. */
export const Whole = ({
  min = 1,
  max,
  fallback,
  ...options
}: Field & { min?: number; max: number; fallback?: number }) =>
  field(
    options,
    { type: 'integer', minimum: min, maximum: max, ...(fallback !== undefined && { default: fallback }) },
    Type(() => Number),
    IsInt({ message: 'must be a whole number' }),
    Min(min, { message: `must be ${min} to ${max}` }),
    Max(max, { message: `must be ${min} to ${max}` }),
  );

/** The size of a page. */
export const Limit = ({ max = 200, fallback = 50 }: { max?: number; fallback?: number } = {}) =>
  Whole({ optional: true, max, fallback });

function check(
  name: string,
  validate: (value: unknown) => boolean,
  message: string | ((value: unknown) => string | undefined),
) {
  const defaultMessage = (args?: { value: unknown }) =>
    (typeof message === 'string' ? message : message(args?.value)) ?? 'is not valid';
  return ValidateBy({ name, validator: { validate, defaultMessage } });
}

function clockOf(value: unknown): string | undefined {
  const ms = typeof value === 'string' ? parseInstant(value) : undefined;
  return ms === undefined ? undefined : clockFault(ms, Date.now());
}

function areFlags(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const entries = Object.entries(value);
  return entries.length <= 100 && entries.every(([name, flag]) => name.length <= 64 && typeof flag === 'boolean');
}
