import { isObject, type JsonObject } from '#gateway/tools/tool.js';
import { member, namesOf, pointer, sameJson } from '#gateway/tools/hygiene/json.js';
import { kindOfText, takesFreeText } from './arguments.js';
import type { Values } from './change.js';
import type { Place } from './place.js';
import { KEYWORDS } from './keywords.js';
import { compareUnknown } from './compare-texts.js';

const NOTHING_FITS: JsonObject = { not: {} };

const asObject = (schema: unknown): JsonObject => {
  if (isObject(schema)) return schema;
  return schema === false ? NOTHING_FITS : {};
};

/** Notes every keyword that two schemas differ in, and what that means. */
export function compareSchemas(before: unknown, after: unknown, where: Omit<Place, 'compare'>): void {
  if (sameJson(before, after)) return;
  const at: Place = { ...where, compare: compareSchemas };
  const schemas = [asObject(before), asObject(after)] as const;
  for (const keyword of namesOf(...schemas)) {
    const values = [member(schemas[0], keyword), member(schemas[1], keyword)] as const;
    if (sameJson(...values)) continue;
    const compare = KEYWORDS.get(keyword) ?? compareUnknown;
    compare({ keyword, values, schemas, path: pointer(at.path, keyword), at });
  }
  noteOpening([before, after], at);
}

/** An argument that took a choice and now takes a text can be told anything. */
function noteOpening([before, after]: Values, { path, side, roots, name, found }: Place): void {
  if (side === 'output' || name === undefined) return;
  if (takesFreeText(before, roots[0]) || !takesFreeText(after, roots[1])) return;
  if (found.hasCapabilityBelow(path)) return;
  found.add(path, [before, after], 'new_capability', `takes ${kindOfText(name)} now`);
}
