import { ValidationFailed } from '#core/core.errors.js';
import type { JsonObject } from '#gateway/tools/tool.js';

/** A body that is an entry. @throws ValidationFailed */
export function entryOf(body: unknown): JsonObject {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as JsonObject;
  throw new ValidationFailed([{ field: 'body', code: 'wrong_type', message: 'must be an object' }]);
}

/** An entry whose name stands beside its other members. @throws ValidationFailed */
export function nameAndEntryOf(body: unknown): { readonly name: string; readonly entry: JsonObject } {
  const { name, ...entry } = entryOf(body);
  if (typeof name === 'string') return { name, entry };
  throw new ValidationFailed([{ field: 'name', code: 'required', message: 'is required' }]);
}
