import { isObject, type JsonObject } from '#gateway/tools/tool.js';

/** RFC 7396. Neither is changed. */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged = new Map(Object.entries(target));
  for (const [name, value] of Object.entries(patch)) {
    const old = merged.get(name);
    if (value === null) merged.delete(name);
    else merged.set(name, isObject(value) ? mergePatch(isObject(old) ? old : {}, value) : value);
  }
  // Not a literal: `__proto__` is a member like any other.
  return Object.fromEntries(merged);
}
