import { isObject, type JsonObject, type ToolDefinition } from '#gateway/tools/tool.js';
import { fingerprint, pinnedPart } from '../fingerprint.js';
import { member, namesOf, pointer, sameJson } from '#gateway/tools/hygiene/json.js';
import { type DefinitionChange, Findings, NO_CHANGE, type Values } from './change.js';
import { compareSchemas } from './compare-schemas.js';
import { compareTexts, noteWords } from './compare-texts.js';

/**
 * How a tool's definition differs from the one before, and what that means for whoever trusted it. Says the same for the
 * same two, whatever the order of their members. Both have passed `whyExcluded`.
 */
export function classifyChange(before: ToolDefinition, after: ToolDefinition): DefinitionChange {
  if (fingerprint(before) === fingerprint(after)) return NO_CHANGE;
  const found = new Findings();
  const [old, now] = [pinnedPart(before), pinnedPart(after)];
  for (const name of namesOf(old, now)) {
    const values = [member(old, name), member(now, name)] as const;
    if (!sameJson(...values)) compareMember(name, values, found);
  }
  // An order, a default that was spelled out: another text that says the same.
  if (found.size === 0) found.add('', [undefined, undefined], 'wording', 'says the same in another way', true);
  return found.all();
}

function compareMember(name: string, values: Values, found: Findings): void {
  const path = pointer('', name);
  switch (name) {
    case 'title':
    case 'description':
      return compareTexts(path, values, `its ${name}`, found);
    case 'icons':
      // An address that clients load.
      return found.add(path, values, 'wording', 'its icons have changed');
    case 'annotations':
      return compareAnnotations(path, values, found);
    case '_meta':
      return compareMeta(path, values, found);
    case 'inputSchema':
      return compareSchemas(...values, { path, side: 'input', roots: values, found });
    case 'outputSchema':
      return compareOutput(path, values, found);
    default:
      return found.add(path, values, 'new_capability', `its ${name.slice(0, 64)} has changed`);
  }
}

function compareOutput(path: string, values: Values, found: Findings): void {
  if (values[0] === undefined) return found.add(path, values, 'new_capability', 'answers data of a shape of its own');
  if (values[1] === undefined) return found.add(path, values, 'narrowed', 'promises no data any more');
  compareSchemas(...values, { path, side: 'output', roots: values, found });
}

/** What holds where a hint is left out. */
const HINTS: Readonly<Record<string, boolean>> = {
  readOnlyHint: false,
  destructiveHint: true,
  idempotentHint: false,
  openWorldHint: true,
};

/**
 * A hint that speaks of more danger says that the tool does more. One that speaks of less makes clients ask less: a tool
 * that turns bad says it as well.
 */
function compareAnnotations(path: string, values: Values, found: Findings): void {
  const [before, after] = values.map((value): JsonObject => (isObject(value) ? value : {}));
  for (const name of namesOf(before!, after!)) {
    const pair = [member(before!, name), member(after!, name)] as const;
    if (sameJson(...pair)) continue;
    const here = pointer(path, name);
    const usual = Object.hasOwn(HINTS, name) ? HINTS[name] : undefined;
    const [old, now] = pair.map((hint) => hint ?? usual);
    if (usual === undefined) compareTexts(here, pair, `its ${name.slice(0, 64)}`, found);
    else if (old === now) found.add(here, pair, 'wording', 'is said now, or no more; it held before', true);
    else if (name === 'idempotentHint' && now === false)
      found.add(here, pair, 'narrowed', 'cannot be repeated any more');
    else found.add(here, pair, 'new_capability', `says ${name.replace('Hint', '')} ${JSON.stringify(now)} now`);
  }
}

/** What clients act on: another page to show, other tools that it may call, other rights. */
const ACTED_ON = /^(?:ui(?:\/|$)|openai\/|io\.modelcontextprotocol\/|anthropic\/|mcpui|com\.|security)/i;

function compareMeta(path: string, values: Values, found: Findings): void {
  const [before, after] = values.map((value): JsonObject => (isObject(value) ? value : {}));
  for (const name of namesOf(before!, after!)) {
    const pair = [member(before!, name), member(after!, name)] as const;
    if (sameJson(...pair)) continue;
    if (ACTED_ON.test(name)) found.add(pointer(path, name), pair, 'new_capability', 'clients act on it');
    else noteWords(pointer(path, name), pair, '_meta', found);
  }
}
