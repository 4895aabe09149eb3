import type { ToolDefinition } from '#gateway/tools/tool.js';

const READ_ONLY = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false };

/** Short on purpose: they are all that a model reads of however many tools there are. */
export const SEARCH: ToolDefinition = {
  name: 'search_tools',
  title: 'Search tools',
  description:
    'Finds tools by what they do. There are many more tools than you see in your list: search before you say that something cannot be done. Answers one line a tool: name(required arguments): what it does. Then describe_tool, and call_tool.',
  inputSchema: {
    type: 'object',
    properties: {
      query: { type: 'string', minLength: 1, maxLength: 500, description: 'What you want to do, in a few words.' },
      limit: { type: 'integer', minimum: 1, maximum: 25, default: 5 },
      upstream: { type: 'string', description: 'Only tools of this server.' },
    },
    required: ['query'],
    additionalProperties: false,
  },
  annotations: READ_ONLY,
};

export const DESCRIBE: ToolDefinition = {
  name: 'describe_tool',
  title: 'Describe a tool',
  description: 'The whole definition of a tool that search_tools found: its arguments as JSON Schema.',
  inputSchema: {
    type: 'object',
    properties: { name: { type: 'string', minLength: 1, maxLength: 128 } },
    required: ['name'],
    additionalProperties: false,
  },
  annotations: READ_ONLY,
};

export const CALL: ToolDefinition = {
  name: 'call_tool',
  title: 'Call a tool',
  description:
    'Calls a tool that search_tools found, with arguments as describe_tool says. Answers what the tool answers.',
  inputSchema: {
    type: 'object',
    properties: {
      name: { type: 'string', minLength: 1, maxLength: 128 },
      arguments: { type: 'object', description: "The tool's own arguments." },
    },
    required: ['name'],
    additionalProperties: false,
  },
};
