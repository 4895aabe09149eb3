import { Inject, Injectable } from '@nestjs/common';
import type { ToolAnswer } from './tool.js';
import { ToolDirectory } from './tool-directory.js';
import { type ToolCallEnd, ToolCallObserver, type ToolRequest } from './tool-request.js';
import { ToolNotFound } from './tools.errors.js';

/** Injection token of everybody who is told of calls. */
export const TOOL_CALL_OBSERVERS = Symbol('TOOL_CALL_OBSERVERS');

/** What happens to every call of a tool, whichever way it came and wherever it goes. The order is the design. */
@Injectable()
export class ToolPipeline {
  constructor(
    private readonly directory: ToolDirectory,
    @Inject(TOOL_CALL_OBSERVERS) private readonly observers: readonly ToolCallObserver[],
  ) {}

  /** @throws the errors of `tools.errors.ts`, RateLimited; anything else is a fault of ours */
  async call(request: ToolRequest): Promise<ToolAnswer> {
    const startedAt = Date.now();
    const began = performance.now();
    const end: { -readonly [K in keyof ToolCallEnd]: ToolCallEnd[K] } = { request, cached: false, ms: 0, startedAt };
    try {
      const tool = this.directory.find(request.caller, request.name);
      if (!tool) throw new ToolNotFound(request.name);
      end.tool = tool;
      const args = tool.check(request.arguments);
      end.arguments = args;
      const { caller, signal, channel } = request;
      const deadline = began + tool.timeoutMs;
      return (end.answer = await tool.call({ tool, caller, arguments: args, signal, deadline, channel }));
    } catch (error) {
      end.error = error;
      throw error;
    } finally {
      end.ms = performance.now() - began;
      for (const observer of this.observers) observer.ended(end);
    }
  }
}
