import { setTimeout as delay } from 'node:timers/promises';
import type { Tool, ToolCall } from '#gateway/tools/tool.js';
import { testTool, text, toolOf } from '../everything/test-tool.js';

/** What the fixture knows of the one who calls, beside the call. */
interface Told {
  readonly sessionId?: string;
  readonly headers?: Headers;
  /** Ends the answer's stream before the answer: its client has to come again for it. */
  readonly closeStream?: () => void;
}

const told = (call: ToolCall): Told => call as unknown as Told;

const PLACES = {
  type: 'object',
  properties: {
    region: { type: 'string', 'x-mcp-header': 'Region' },
    at: { type: 'object', properties: { level: { type: 'integer', 'x-mcp-header': 'Level' } } },
    urgent: { type: 'boolean', 'x-mcp-header': 'Urgent' },
  },
};

/** Tools that show what reaches an upstream. @param onStopped of each `sleep` that was told to stop */
export function upstreamTools(onStopped: () => void): readonly Tool[] {
  let count = 0;
  return [
    testTool('echo', 'Answers its arguments', (call) => text(JSON.stringify(call.arguments))),
    testTool('whoami', 'Says what it was shown', (call) => {
      const { sessionId, headers } = told(call);
      const said = { session: sessionId, headers: Object.fromEntries(headers ?? []) };
      return { ...text(JSON.stringify(said)), structuredContent: said };
    }),
    testTool('count', 'Counts how often it was called', () => text(String(++count))),
    testTool('sleep', 'Never answers', async ({ signal }) => {
      await delay(600_000, undefined, { signal }).catch(onStopped);
      return text('Stopped');
    }),
    testTool('break_off', 'Ends its stream, and answers a little later', async (call) => {
      await delay(20);
      told(call).closeStream?.();
      await delay(100);
      return text('after the break');
    }),
    toolOf('places', 'Has arguments that stand in headers too', PLACES, (call) => text(JSON.stringify(call.arguments))),
  ];
}
