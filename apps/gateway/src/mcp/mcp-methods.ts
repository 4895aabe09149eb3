import { Injectable } from '@nestjs/common';
import { ToolDirectory } from '#gateway/tools/tool-directory.js';
import { ToolPipeline } from '#gateway/tools/tool-pipeline.js';
import { RPC, RpcError, type SerialisedResult } from './json-rpc.js';
import type { McpRequest } from './mcp-request.js';

/**
 * What both eras can do: list and call tools, list and read resources, list and get prompts, complete. What only one of
 * them has stands in its own folder.
 */
@Injectable()
export class McpMethods {
  constructor(
    readonly directory: ToolDirectory,
    readonly pipeline: ToolPipeline,
  ) {}

  /**
   * @returns the result in the form of the request's revision; or an `InputRequired`, its state as the source gave it
   * @throws RpcError
   */
  async handle(request: McpRequest): Promise<object | SerialisedResult> {
    throw new RpcError(RPC.METHOD_NOT_FOUND, `Unknown method ${request.method}`, 404);
  }
}
