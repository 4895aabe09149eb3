import { Injectable } from '@nestjs/common';
import { isInputRequired, type ToolAnswer } from '#gateway/tools/tool.js';
import { ToolPipeline } from '#gateway/tools/tool-pipeline.js';
import type { ToolRequest } from '#gateway/tools/tool-request.js';
import { RPC, RpcError } from './json-rpc.js';
import type { Era, McpRequest } from './mcp-request.js';
import { toolResultInForm } from './result-form.js';
import { toToolResult } from './rpc-faults.js';
import { isObject } from './rpc-message.js';

const NO_ARGUMENTS = Object.freeze({});

/** `tools/call`: a call of the pipeline, whose failures a model gets to read. */
@Injectable()
export class ToolCalls {
  constructor(private readonly pipeline: ToolPipeline) {}

  /** @throws RpcError */
  call(request: McpRequest): Promise<object> {
    const { era, params } = request;
    const { name, arguments: args = NO_ARGUMENTS } = params;
    if (typeof name !== 'string') throw new RpcError(RPC.INVALID_PARAMS, 'params.name must be the name of a tool.');
    if (!isObject(args)) throw new RpcError(RPC.INVALID_PARAMS, 'params.arguments must be an object.');
    request.carrier.recordedAsCalls = true;
    const call: ToolRequest = {
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
      ...(request.client && { client: request.client }),
    };
    return this.pipeline.call(call).then(
      (answer) => answerInForm(era, answer),
      (error: unknown) => toolResultInForm(era, toToolResult(error, era)),
    );
  }
}

const answerInForm = (era: Era, answer: ToolAnswer): object =>
  isInputRequired(answer) ? answer : toolResultInForm(era, answer);
