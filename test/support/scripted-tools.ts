import { Injectable } from '@nestjs/common';
import type { Tool, ToolAnswer, ToolCall, ToolDefinition } from '#gateway/tools/tool.js';
import { ToolSource } from '#gateway/tools/tool-source.js';

/** A tool that does what the test says. */
export interface ScriptedTool extends Partial<Omit<Tool, 'definition' | 'call'>> {
  readonly definition?: Partial<ToolDefinition>;
  readonly call?: (call: ToolCall) => Promise<ToolAnswer>;
}

export const text = (said: string): ToolAnswer => ({ content: [{ type: 'text', text: said }] });

/** A tool that answers `done`, is guarded, and is at an upstream of its own name unless the test says otherwise. */
export const aTool = (name: string, { definition, ...terms }: ScriptedTool = {}): Tool => ({
  definition: {
    name,
    description: `The tool ${name}.`,
    inputSchema: { type: 'object' },
    ...definition,
  },
  upstream: `upstream-of-${name}`,
  tier: 'bronze',
  scopes: [],
  timeoutMs: 30_000,
  idempotent: false,
  cacheSeconds: 0,
  revision: '1',
  maxResultBytes: 1_000_000,
  guarded: true,
  check: (given) => given,
  call: () => Promise.resolve(text('done')),
  ...terms,
});

/** A source of these tools, for `Gateway.boot(…, { sources })`. */
export function sourceOf(tools: readonly Tool[]) {
  @Injectable()
  class ScriptedSource extends ToolSource {
    readonly name = 'scripted';

    tools(): readonly Tool[] {
      return tools;
    }
  }
  return ScriptedSource;
}

/** Ends when the call is aborted, as a source must. */
export const hanging = ({ signal }: ToolCall): Promise<never> =>
  new Promise((_resolve, reject) => {
    const fail = () => reject(new Error('aborted'));
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
