import { Injectable } from '@nestjs/common';
import { isInputRequired } from '#gateway/tools/tool.js';
import { Completions } from './completions.js';
import { RPC, RpcError, type SerialisedResult } from './json-rpc.js';
import { McpMetrics } from './mcp.metrics.js';
import type { McpRequest } from './mcp-request.js';
import { PromptMethods } from './prompt-methods.js';
import { ResourceMethods } from './resource-methods.js';
import { cancelled, toRpcError } from './rpc-faults.js';
import { ToolMethods } from './tool-methods.js';

/**
 * What both eras can do: list and call tools, list and read resources, list and get prompts, complete. What only one of
 * them has stands in its own folder.
 */
@Injectable()
export class McpMethods {
  constructor(
    private readonly tools: ToolMethods,
    private readonly resources: ResourceMethods,
    private readonly prompts: PromptMethods,
    private readonly completions: Completions,
    private readonly metrics: McpMetrics,
  ) {}

  /**
   * @returns the result in the form of the request's revision; or an `InputRequired`, its state as the source gave it
   * @throws RpcError
   */
  async handle(request: McpRequest): Promise<object | SerialisedResult> {
    const began = performance.now();
    const { method, era } = request;
    try {
      // A call waits for its own tool only: that is the pipeline's.
      const settling = method === 'tools/call' ? undefined : request.mount.directory.settling;
      if (settling) await settling;
      const result = await this.dispatch(request);
      const outcome = isInputRequired(result) ? 'input_required' : 'answered';
      this.metrics.ended(method, era, outcome, performance.now() - began);
      return result;
    } catch (error) {
      const left = request.signal.aborted;
      const fault = left ? cancelled(error) : toRpcError(error, era);
      const outcome = fault.rpcCode === RPC.INTERNAL_ERROR ? 'failed' : 'refused';
      this.metrics.ended(method, era, left ? 'cancelled' : outcome, performance.now() - began);
      throw fault;
    }
  }

  /** @throws RpcError, and what the sources throw */
  private dispatch(request: McpRequest): object | Promise<object> {
    switch (request.method) {
      case 'tools/call':
        return this.tools.call(request);
      case 'tools/list':
        return this.tools.list(request);
      case 'resources/read':
        return this.resources.read(request);
      case 'resources/list':
        return this.resources.list(request);
      case 'resources/templates/list':
        return this.resources.templates(request);
      case 'prompts/get':
        return this.prompts.get(request);
      case 'prompts/list':
        return this.prompts.list(request);
      case 'completion/complete':
        return this.completions.complete(request);
      default:
        throw new RpcError(RPC.METHOD_NOT_FOUND, `There is no method ${JSON.stringify(request.method)}.`, 404);
    }
  }
}
