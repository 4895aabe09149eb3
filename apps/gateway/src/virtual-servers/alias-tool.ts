import { hash } from 'node:crypto';
import type { VirtualToolEntry } from '#config/virtual-servers.js';
import { type JsonObject, originalOf, type Tool, type ToolDefinition } from '#gateway/tools/tool.js';
import { InvalidArguments } from '#gateway/tools/tools.errors.js';
import { shownSchema } from './alias-schema.js';

/**
 * A tool as a virtual server shows it. It is the original in all that is not said otherwise: who sees it, how long it may
 * take, its breaker, its limits and its records.
 */
export function aliasTool(original: Tool, entry: VirtualToolEntry): Tool {
  const { defaults = {}, fixed = {} } = entry;
  const { judge } = original;
  const own = {
    definition: definitionOf(original, entry),
    aliasOf: originalOf(original),
    // The arguments are whole by the time the cache sees them: only the name may stand for another tool elsewhere.
    revision: hash('sha256', JSON.stringify([original.upstream, original.definition.name, original.revision])),
    check: (given: JsonObject) => original.check({ ...defaults, ...callersOwn(given, fixed), ...fixed }),
    ...(judge && { judge: (args: JsonObject) => judge.call(original, args) }),
    call: (call) => original.call({ ...call, tool: original }),
  } satisfies Partial<Tool>;
  // What sources add to their tools, and nobody here knows of, is there too.
  return Object.assign(Object.create(original) as Tool, own);
}

/** True where it is shown as it is. */
export const isUnchanged = ({ as, title, description, defaults, fixed }: VirtualToolEntry): boolean =>
  [as, title, description, defaults, fixed].every((said) => said === undefined);

/** @throws InvalidArguments for what the caller cannot know of */
function callersOwn(given: JsonObject, fixed: JsonObject): JsonObject {
  const taken = Object.keys(given).filter((name) => Object.hasOwn(fixed, name));
  if (taken.length === 0) return given;
  throw new InvalidArguments(
    taken.map((field) => ({ field, code: 'unknown_field', message: 'is not an argument of this tool' })),
  );
}

function definitionOf({ definition }: Tool, entry: VirtualToolEntry): ToolDefinition {
  const { as: name = definition.name, title, description = definition.description } = entry;
  const { annotations, inputSchema } = definition;
  return {
    ...definition,
    name,
    ...(title !== undefined && { title }),
    // Where clients of older revisions look for it.
    ...(title !== undefined && annotations?.['title'] !== undefined && { annotations: { ...annotations, title } }),
    description,
    inputSchema: shownSchema(inputSchema, entry),
  };
}
