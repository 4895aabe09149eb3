import { Injectable } from '@nestjs/common';
import { isInputRequired, isObject } from '#gateway/tools/tool.js';
import { ToolPipeline } from '#gateway/tools/tool-pipeline.js';
import type { ToolRequest } from '#gateway/tools/tool-request.js';
import { RPC, RpcError, type SerialisedResult } from './json-rpc.js';
import type { McpRequest } from './mcp-request.js';
import { answerInForm, toolResultInForm } from './result-form.js';
import { cancelled, toToolResult } from './rpc-faults.js';
import { ToolLists } from './tool-lists.js';

const NO_ARGUMENTS = Object.freeze({});

/** `tools/list`, and `tools/call`: a call of the pipeline, whose failures a model gets to read. */
@Injectable()
export class ToolMethods {
  constructor(
    private readonly pipeline: ToolPipeline,
    private readonly lists: ToolLists,
  ) {}

  /** @throws RpcError for a cursor that is none */
  list({ mount, era, caller, params }: McpRequest): SerialisedResult {
    return this.lists.page(mount, era, caller, params['cursor']);
  }

  /** @throws RpcError */
  async call(request: McpRequest): Promise<object | SerialisedResult> {
    const { era } = request;
    const call = toToolRequest(request);
    request.carrier.recordedAsCalls = true;
    try {
      const answer = await this.pipeline.call(call);
      return isInputRequired(answer) ? answer : answerInForm(era, answer);
    } catch (error) {
      if (request.signal.aborted) throw cancelled(error);
      return toolResultInForm(era, toToolResult(error, era));
    }
  }
}

function toToolRequest(request: McpRequest): ToolRequest {
  const { name, arguments: args = NO_ARGUMENTS } = request.params;
  if (typeof name !== 'string') throw new RpcError(RPC.INVALID_PARAMS, 'params.name must be the name of a tool.');
  if (!isObject(args)) throw new RpcError(RPC.INVALID_PARAMS, 'params.arguments must be an object.');
  return {
    mount: request.mount,
    name,
    arguments: args,
    caller: request.caller,
    signal: request.signal,
    channel: request.channel,
    via: 'mcp',
    requestId: request.requestId,
    traceId: request.traceId,
    ...(request.inputSha256 !== undefined && { inputSha256: request.inputSha256 }),
    ...(request.session && { session: request.session }),
    ...(request.carrier.securityFlags && { securityFlags: request.carrier.securityFlags }),
    ...(request.client && { client: request.client }),
  };
}
