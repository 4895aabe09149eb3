import type { JsonObject, ToolDefinition } from '#gateway/tools/tool.js';

/** What an upstream offers while nobody has told it yet who they are, so that nothing can be listed. */
export const CONNECT: ToolDefinition = Object.freeze({
  name: 'connect',
  title: 'Connect',
  description:
    'This server shows its tools only to people it knows. Call this once: you are told where to give the gateway leave to act for you, and which tools there are then.',
  inputSchema: { type: 'object', additionalProperties: false },
  annotations: { readOnlyHint: true, openWorldHint: true },
});

/** What is answered once it is known what there is. */
export const connected = (names: readonly string[]): JsonObject => ({
  content: [{ type: 'text', text: `Connected. There are ${names.length} tools now: ${names.join(', ')}` }],
});
