import type { JsonObject, ToolDefinition, ToolEconomics } from '#gateway/tools/tool.js';

/** Arguments that the gateway takes off before a tool is called. */
export const SELECT = 'achilles_select';
export const FULL = 'achilles_full';

export const LONGEST_EXPRESSION = 1_000;

const SELECT_SCHEMA: JsonObject = {
  type: 'string',
  maxLength: LONGEST_EXPRESSION,
  description:
    'Optional JMESPath expression. Where the result is JSON, only what it selects is answered, as items[*].{id: id, name: name}.',
};
const FULL_SCHEMA: JsonObject = {
  type: 'boolean',
  description: 'Optional. True: the whole result, even where it is the same as one that was answered a moment ago.',
};

/** What of it can be had for this tool: one whose own arguments have these names keeps them. */
export function economicsOf(wanted: ToolEconomics, { inputSchema }: ToolDefinition): ToolEconomics {
  const { properties = {} } = inputSchema as { properties?: JsonObject };
  const { spill, select, deduplicate } = wanted;
  return {
    spill,
    select: select && !Object.hasOwn(properties, SELECT),
    deduplicate: deduplicate && !Object.hasOwn(properties, FULL),
  };
}

/**
 * The definition as it is shown: with the arguments that are the gateway's. Where an answer may be less than the tool's
 * own result it has no `outputSchema`: a client would refuse what does not keep it.
 */
export function shownDefinition(definition: ToolDefinition, { select, deduplicate }: ToolEconomics): ToolDefinition {
  if (!select && !deduplicate) return definition;
  const { outputSchema: _promise, inputSchema, ...rest } = definition;
  const properties = {
    ...(inputSchema['properties'] as JsonObject | undefined),
    ...(select && { [SELECT]: SELECT_SCHEMA }),
    ...(deduplicate && { [FULL]: FULL_SCHEMA }),
  };
  return { ...rest, inputSchema: { ...inputSchema, properties } };
}
