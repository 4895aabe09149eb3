import { Body, Controller, Get, Header, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ValidationFailed } from '#core/core.errors.js';
import type { Caller } from '#core/caller.js';
import { AnyCaller, CurrentCaller } from '#gateway/auth/auth.decorators.js';
import { sessionHintOf } from '#gateway/capture/session-hint.js';
import { Answers, Takes } from '#gateway/http/answers.js';
import { clientLeft } from '#gateway/http/client-left.js';
import { Group } from '#gateway/http/documented.js';
import { SILENT } from './call-channel.js';
import { resultJson } from './result-json.js';
import { isInputRequired, type JsonObject, type Tool } from './tool.js';
import { Mounts } from './mount.js';
import { ToolPipeline } from './tool-pipeline.js';
import { InputNeeded, ToolNotFound } from './tools.errors.js';
import { ToolCallBody, ToolList, ToolOut, ToolResultOut } from './tools.models.js';

const JSON_TYPE = 'application/json; charset=utf-8';

/** Tools for whoever does not speak MCP. What there is depends on who asks, and calls go the one way that all calls go. */
@Group('tools')
@Controller('v1/tools')
export class ToolsController {
  /** Each tool's JSON, as long as there is the tool. */
  private readonly texts = new WeakMap<Tool, string>();

  constructor(
    private readonly mounts: Mounts,
    private readonly pipeline: ToolPipeline,
  ) {}

  @Get()
  @AnyCaller()
  @Header('content-type', JSON_TYPE)
  @Answers(200, ToolList, 'What the caller may see, by name')
  listTools(@CurrentCaller() caller: Caller): string {
    const tools = this.mounts.rest.directory.visibleTo(caller).map((tool) => this.textOf(tool));
    return `{"tools":[${tools.join(',')}]}`;
  }

  @Get(':name')
  @AnyCaller()
  @Header('content-type', JSON_TYPE)
  @Answers(200, ToolOut)
  readTool(@CurrentCaller() caller: Caller, @Param('name') name: string): string {
    const tool = this.mounts.rest.directory.find(caller, name);
    if (!tool) throw new ToolNotFound(name);
    return this.textOf(tool);
  }

  @Post(':name/call')
  @AnyCaller()
  @HttpCode(200)
  @Header('content-type', JSON_TYPE)
  @Takes(ToolCallBody)
  @Answers(200, ToolResultOut, 'As the tool answers; with `isError` when it could not do what it was asked')
  async callTool(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('name') name: string,
    @Body() body: unknown,
  ): Promise<string> {
    const args = argumentsOf(body);
    request.recordedAsCalls = true;
    const session = sessionHintOf(request);
    const answer = await this.pipeline.call({
      mount: this.mounts.rest,
      name,
      arguments: args,
      caller: request.caller!,
      signal: clientLeft(reply),
      channel: SILENT,
      via: 'rest',
      requestId: request.id,
      traceId: request.traceId,
      ...(request.inputSha256 !== undefined && { inputSha256: request.inputSha256 }),
      ...(session && { session }),
      ...(request.securityFlags && { securityFlags: request.securityFlags }),
    });
    if (isInputRequired(answer)) {
      throw new InputNeeded(
        name,
        Object.values(answer.inputRequests ?? {}).map(({ method }) => method),
      );
    }
    return resultJson(answer);
  }

  private textOf(tool: Tool): string {
    let text = this.texts.get(tool);
    if (text === undefined) {
      const { definition, tier, upstream } = tool;
      this.texts.set(tool, (text = JSON.stringify({ ...definition, tier, upstream })));
    }
    return text;
  }
}

/** What the pipeline is to judge, whatever it is; a body without any is a call without arguments. @throws ValidationFailed */
function argumentsOf(body: unknown): JsonObject {
  if (body === undefined) return {};
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new ValidationFailed([{ field: 'body', code: 'wrong_type', message: 'must be an object' }]);
  }
  const { arguments: args = {}, ...others } = body as { arguments?: JsonObject };
  const unknown = Object.keys(others).map((field) => ({
    field,
    code: 'unknown_field',
    message: 'is not a field of this request',
  }));
  if (unknown.length > 0) throw new ValidationFailed(unknown);
  return args;
}
