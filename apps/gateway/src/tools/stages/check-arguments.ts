import type { JsonObject, Tool } from '../tool.js';
import { InvalidArguments } from '../tools.errors.js';

/** The arguments as the tool takes them. @throws InvalidArguments, and what the tool's own checks throw */
export function checkArguments(tool: Tool, given: unknown): JsonObject {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return tool.check(given as JsonObject);
  throw new InvalidArguments([{ field: 'arguments', code: 'wrong_type', message: 'must be an object' }]);
}
