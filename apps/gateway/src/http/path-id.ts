import { Param, type PipeTransform } from '@nestjs/common';
import { isUuid } from '#core/identifiers.js';
import { ValidationFailed } from '#core/core.errors.js';

class UuidPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    if (isUuid(value)) return value.toLowerCase();
    throw new ValidationFailed([{ field: 'id', code: 'wrong_format', message: 'must be a UUID' }]);
  }
}

/** A UUID in the path. */
export const PathId = (name = 'id') => Param(name, new UuidPipe());
