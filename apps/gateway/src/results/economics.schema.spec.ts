import { expect, it } from '@jest/globals';
import type { ToolDefinition } from '#gateway/tools/tool.js';
import { economicsOf, shownDefinition } from './economics.schema.js';

const definition = (properties: Record<string, object>): ToolDefinition => ({
  name: 'a',
  description: 'a',
  inputSchema: { type: 'object', properties, additionalProperties: false },
  outputSchema: { type: 'object' },
});
const ALL = { spill: true, select: true, deduplicate: true };

it('shows the arguments that are the gateway’s, and promises no more what may not come', () => {
  const { inputSchema, outputSchema, ...rest } = shownDefinition(definition({ own: {} }), ALL);
  expect(Object.keys(inputSchema['properties'] as object)).toEqual(['own', 'achilles_select', 'achilles_full']);
  expect([inputSchema['additionalProperties'], outputSchema, rest]).toEqual([
    false,
    undefined,
    { name: 'a', description: 'a' },
  ]);
});

it('shows a tool whose results are only spilled as it is', () => {
  const own = definition({});
  expect(shownDefinition(own, { spill: true, select: false, deduplicate: false })).toBe(own);
});

it('takes no argument of the tool’s own', () => {
  expect(economicsOf(ALL, definition({ achilles_select: {} }))).toEqual({ ...ALL, select: false });
  expect(economicsOf(ALL, definition({ achilles_full: {} }))).toEqual({ ...ALL, deduplicate: false });
  expect(economicsOf(ALL, { ...definition({}), inputSchema: { type: 'object' } })).toEqual(ALL);
});
