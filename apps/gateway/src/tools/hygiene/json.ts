import { isObject, type JsonObject } from '#gateway/tools/tool.js';

/** A member of its own: `constructor` and the like are what every object has. */
export const member = (of: JsonObject, name: string): unknown => (Object.hasOwn(of, name) ? of[name] : undefined);

/** True for equal JSON, whatever the order of members. Members that are `undefined` are not there. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => sameJson(item, b[i]));
  }
  if (Array.isArray(b)) return false;
  let names = 0;
  for (const name in a) {
    const value = (a as JsonObject)[name];
    if (value === undefined) continue;
    if (!Object.hasOwn(b, name) || !sameJson(value, (b as JsonObject)[name])) return false;
    names++;
  }
  for (const name in b) if ((b as JsonObject)[name] !== undefined) names--;
  return names === 0;
}

/** The names of the members of both, each once, in one order. */
export const namesOf = (...objects: readonly JsonObject[]): readonly string[] =>
  [...new Set(objects.flatMap((object) => Object.keys(object)))].sort();

/** RFC 6901: the pointer to a member of what `path` points to. */
export const pointer = (path: string, name: string | number): string =>
  `${path}/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** What a pointer of this document (`#`, `#/$defs/a`) leads to; undefined where nothing is. */
export function resolvePointer(root: unknown, fragment: string): unknown {
  let at = root;
  for (const step of fragment.split('/').slice(1)) {
    const name = decoded(step).replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(at)) at = /^(?:0|[1-9]\d*)$/.test(name) ? (at as unknown[])[Number(name)] : undefined;
    else at = isObject(at) ? member(at, name) : undefined;
    if (at === undefined) return undefined;
  }
  return at;
}

function decoded(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}
