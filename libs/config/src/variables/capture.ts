import { boolean } from '#schema/schema.js';

/** What becomes of tool calls. */
export const CAPTURE = {
  CAPTURE_TOOL_CALLS: boolean({
    default: true,
    description: 'Whether each tool call is recorded as signals of the session of the agent that made it.',
  }),
};
