import { isObject, type JsonObject } from '../tool.js';

/** Arguments of which some are secrets, apart. What is no object is left to those who check it. */
export function parted(given: JsonObject, names: readonly string[]): { rest: JsonObject; secrets: JsonObject } {
  if (!isObject(given)) return { rest: given, secrets: {} };
  const rest: [string, unknown][] = [];
  const secrets: [string, unknown][] = [];
  for (const entry of Object.entries(given)) (names.includes(entry[0]) ? secrets : rest).push(entry);
  return { rest: Object.fromEntries(rest), secrets: Object.fromEntries(secrets) };
}
