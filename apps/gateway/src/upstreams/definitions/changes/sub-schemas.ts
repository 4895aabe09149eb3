import { isObject } from '#gateway/tools/tool.js';
import { member, namesOf, pointer, sameJson } from '#gateway/tools/hygiene/json.js';
import { allText, isHarmlessArgument, kindOfText, takesFreeText } from './arguments.js';
import type { Difference, Place } from './place.js';
import { givesInstructions } from './wording.js';

const mapOf = (value: unknown) => (isObject(value) ? value : {});
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);
const namesIn = (value: unknown): readonly string[] => listOf(value).map(String);

/** Arguments, or members of a result, by name. */
export function compareProperties({ values, schemas, path, at }: Difference): void {
  const [before, after] = values.map(mapOf);
  const required = new Set(namesIn(member(schemas[1], 'required')));
  for (const name of namesOf(before!, after!)) {
    const pair = [member(before!, name), member(after!, name)] as const;
    const here = { ...at, path: pointer(path, name), name };
    if (pair[0] === undefined) noteNew(pair[1], required.has(name), here);
    else if (pair[1] === undefined) at.found.add(here.path, pair, 'narrowed', 'is gone');
    else at.compare(...pair, here);
  }
}

function noteNew(schema: unknown, isRequired: boolean, { path, side, name, roots, found }: Place): void {
  const values = [undefined, schema] as const;
  if (side === 'output') return found.add(path, values, 'widened', 'is answered, too');
  const text = allText(schema);
  if (takesFreeText(schema, roots[1]))
    found.add(path, values, 'new_capability', `is new, and takes ${kindOfText(name!)}`);
  if (text.includes('"x-mcp-header"')) found.add(path, values, 'new_capability', 'is new, and said in a header');
  if (givesInstructions(text)) found.add(path, values, 'new_capability', 'is new, and gives instructions');
  if (isRequired) found.add(path, values, 'narrowed', 'is new, and required');
  else found.add(path, values, 'widened', 'is new', isHarmlessArgument(name!, schema));
}

/** For arguments, what is required is asked of the caller; for results, it is promised. */
export function compareRequired({ values, path, at: { side, found } }: Difference): void {
  const [before, after] = values.map(namesIn);
  const [more, fewer] = [
    after!.filter((name) => !before!.includes(name)),
    before!.filter((name) => !after!.includes(name)),
  ];
  const input = side === 'input';
  if (more.length > 0) found.add(path, values, input ? 'narrowed' : 'widened', `${more.join(', ')} required now`);
  if (fewer.length > 0) {
    found.add(path, values, input ? 'widened' : 'narrowed', `${fewer.join(', ')} required no more`, input);
  }
}

/** One schema for all that is not named; anything goes where it is left out. A list of them in older drafts. */
export function compareParts(difference: Difference): void {
  const { values, path, at, keyword } = difference;
  if (values.some((value) => Array.isArray(value))) return compareEach(difference);
  at.compare(values[0] ?? true, values[1] ?? true, { ...at, path, name: at.name ?? keyword });
}

/** A list of schemas, each for its own place. */
export function compareEach({ values, path, at }: Difference): void {
  const [before, after] = values.map((value) => (Array.isArray(value) ? listOf(value) : [value]));
  for (let i = 0; i < Math.max(before!.length, after!.length); i++) {
    at.compare(before![i] ?? true, after![i] ?? true, { ...at, path: pointer(path, i), name: at.name ?? 'item' });
  }
}

/** Alternatives (`anyOf`, `oneOf`), or what has to hold together (`allOf`). Those that are equal are left aside. */
export function compareBranches({ keyword, values, path, at }: Difference): void {
  const [before, after] = values.map(listOf);
  const left = without(before!, after!);
  const come = without(after!, before!);
  const together = keyword === 'allOf';
  for (let i = 0; i < Math.max(left.length, come.length); i++) {
    const [old, now] = [left[i], come[i]];
    const here = { ...at, path: pointer(path, (now ?? old)![0]) };
    if (old && now) at.compare(old[1], now[1], here);
    else if (now) at.found.add(here.path, [undefined, now[1]], together ? 'narrowed' : 'widened', 'is one more');
    else at.found.add(here.path, [old![1], undefined], together ? 'widened' : 'narrowed', 'is gone');
  }
}

type Placed = readonly [place: number, schema: unknown];

function without(schemas: readonly unknown[], others: readonly unknown[]): readonly Placed[] {
  const rest = [...others];
  return schemas.flatMap((schema, place): Placed[] => {
    const equal = rest.findIndex((other) => sameJson(schema, other));
    if (equal < 0) return [[place, schema]];
    rest.splice(equal, 1);
    return [];
  });
}

/** Schemas by a name that decides nothing, or by a pattern. */
export function compareMap({ keyword, values, path, at }: Difference): void {
  const [before, after] = values.map(mapOf);
  const decides = keyword === 'patternProperties';
  for (const name of namesOf(before!, after!)) {
    const pair = [member(before!, name), member(after!, name)] as const;
    const here = { ...at, path: pointer(path, name), name };
    if (pair[0] !== undefined && pair[1] !== undefined) at.compare(...pair, here);
    else if (!decides) noteDefinition(pair[1], pair, here);
    else if (pair[0] === undefined) noteNew(pair[1], false, here);
    else at.found.add(here.path, pair, 'narrowed', 'is gone');
  }
}

/** What refers to it is a change of its own. */
function noteDefinition(schema: unknown, values: readonly [unknown, unknown], { path, found }: Place): void {
  if (givesInstructions(allText(schema))) found.add(path, values, 'new_capability', 'is new, and gives instructions');
  else found.add(path, values, 'wording', schema === undefined ? 'is gone' : 'is new');
}
