import { TIERS } from '#core/caller.js';
import { array, boolean, integer, maybe, object, oneOf, record, string } from '#schema/schema.js';
import { BREAKER_STATES } from '#resilience/circuit-breaker.js';

/** A tool as REST lists it: what MCP's `tools/list` has, and on which terms it is called. */
export const ToolOut = object(
  {
    name: string(),
    title: maybe(string()),
    description: string(),
    inputSchema: record(),
    outputSchema: maybe(record()),
    annotations: maybe(record()),
    tier: oneOf(TIERS, { description: 'The lowest that sees it.' }),
    upstream: string(),
  },
  { $id: 'ToolOut' },
);

/** What one caller may see. */
export const ToolList = object({ tools: array(ToolOut) }, { $id: 'ToolList' });

/** The body of a call. */
export const ToolCallBody = object(
  { arguments: maybe(record()) },
  { $id: 'ToolCallBody', additionalProperties: false },
);

/** `CallToolResult` of MCP. */
export const ToolResultOut = object(
  {
    content: array(object({ type: string() }, { additionalProperties: true })),
    structuredContent: maybe({ description: 'Any JSON value, as the tool’s outputSchema says.' }),
    isError: maybe(boolean()),
  },
  { $id: 'ToolResult' },
);

/** A breaker, as this process has it. */
export const BreakerOut = object(
  {
    name: string({ description: '`<upstream>:<tool>`' }),
    upstream: string(),
    tool: string(),
    state: oneOf(BREAKER_STATES),
    mode: oneOf(['auto', 'open', 'closed'], { description: 'What an operator has said; `auto`: nothing.' }),
    failures: integer({ description: 'Of the last ten calls.' }),
  },
  { $id: 'Breaker' },
);

/** Every breaker of this process. */
export const BreakerList = object({ breakers: array(BreakerOut) }, { $id: 'BreakerList' });
