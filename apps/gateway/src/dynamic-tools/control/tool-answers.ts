import type { RunOutcome } from '#sandbox/sandbox.js';
import { array, object } from '#schema/schema.js';
import { DynamicToolRecord } from '../dynamic-tool.schema.js';

/** What a tool answers about one dynamic tool: `{ tool }`. */
export const OneTool = object({ tool: DynamicToolRecord });

/** `{ tools }`, by name. */
export const ManyTools = object({ tools: array(DynamicToolRecord) });

/** In a sentence, as clients of dynamic-mcp know it: `Created dynamic tool: text.uppercase`. */
export const done = (what: string, tool: DynamicToolRecord) => ({
  data: { tool },
  text: `${what} dynamic tool: ${tool.name}`,
});

/** As JSON. */
export const shown = (data: object) => ({ data, text: JSON.stringify(data) });

/** `{ ok, result | error, durationMs, logs }`, as `runResult` tells it of a tool. */
export const ran = (outcome: RunOutcome) => ({ ...shown(outcome), isError: !outcome.ok });
