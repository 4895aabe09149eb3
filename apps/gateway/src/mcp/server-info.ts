import type { ToolSource } from '#gateway/tools/tool-source.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import { VERSION } from '#gateway/health/version.js';

/** `Implementation` of MCP: who answers. */
export const SERVER_INFO = Object.freeze({ name: 'achilles-gateway', title: 'Achilles Gateway', version: VERSION });

/** What an agent should know before it looks at the tools. */
export const INSTRUCTIONS =
  'One gateway to the tools of this organisation. You see what your token lets you call; a tool that fails says why, and whether trying again helps.';

/** `ServerCapabilities`: what the sources offer together. Both eras have the same. */
export function serverCapabilities(sources: readonly ToolSource[]): JsonObject {
  const completes = sources.some(({ resources, prompts }) => resources?.complete ?? prompts?.complete);
  return {
    tools: { listChanged: true },
    ...(sources.some(({ resources }) => resources) && { resources: { subscribe: true, listChanged: true } }),
    ...(sources.some(({ prompts }) => prompts) && { prompts: { listChanged: true } }),
    ...(completes && { completions: {} }),
    logging: {},
  };
}
