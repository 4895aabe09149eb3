import { Injectable } from '@nestjs/common';
import { RPC, RpcError, type SerialisedResult } from './json-rpc.js';
import type { McpRequest } from './mcp-request.js';
import { ToolCalls } from './tool-calls.js';
import { ToolLists } from './tool-lists.js';

/**
 * What both eras can do: list and call tools, list and read resources, list and get prompts, complete. What only one of
 * them has stands in its own folder.
 */
@Injectable()
export class McpMethods {
  constructor(
    private readonly toolLists: ToolLists,
    private readonly toolCalls: ToolCalls,
  ) {}

  /**
   * @returns the result in the form of the request's revision; or an `InputRequired`, its state as the source gave it
   * @throws RpcError
   */
  async handle(request: McpRequest): Promise<object | SerialisedResult> {
    switch (request.method) {
      case 'tools/call':
        return this.toolCalls.call(request);
      case 'tools/list':
        return this.toolLists.page(request.era, request.caller, request.params['cursor']);
      default:
        throw new RpcError(RPC.METHOD_NOT_FOUND, `There is no method ${request.method}.`, 404);
    }
  }
}
