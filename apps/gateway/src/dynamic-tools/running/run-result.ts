import type { ToolResult } from '#gateway/tools/tool.js';
import type { RunOutcome } from '#sandbox/sandbox.js';

/** What a client is told of a run: `{ ok, result | error, durationMs, logs }`, as data and as its JSON. */
export function runResult(outcome: RunOutcome): ToolResult {
  return {
    content: [{ type: 'text', text: JSON.stringify(outcome) }],
    structuredContent: outcome,
    ...(!outcome.ok && { isError: true }),
  };
}
