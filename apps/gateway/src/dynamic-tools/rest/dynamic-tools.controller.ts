import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '#core/caller.js';
import type { Page } from '#core/page.js';
import { CurrentCaller, Scopes } from '#gateway/auth/auth.decorators.js';
import { Answers, Takes } from '#gateway/http/answers.js';
import { Group } from '#gateway/http/documented.js';
import { etagOf } from '#gateway/http/if-match.js';
import { DynamicToolDraft, DynamicToolPatch, DynamicToolRecord } from '../dynamic-tool.schema.js';
import { DynamicTools } from '../dynamic-tools.service.js';
import { RecordedTools } from '../recorded-tools.service.js';
import { bodyCheck } from './body-check.js';
import { DynamicToolQuery, ExpectedQuery } from './dynamic-tools.dto.js';
import { DynamicToolPage } from './dynamic-tools.models.js';
import { expectedOf } from './expected.js';
import { pageOfTools } from './tool-pages.js';
import { answered } from './answered.js';

const draftOf = bodyCheck(DynamicToolDraft);
const patchOf = bodyCheck(DynamicToolPatch);

/** The dynamic tools of the caller's tenant, for its administrators. */
@Group('dynamic-tools')
@Controller('v1/dynamic-tools')
export class DynamicToolsController {
  constructor(
    private readonly tools: DynamicTools,
    private readonly changes: RecordedTools,
  ) {}

  @Get()
  @Scopes('tools:admin')
  @Answers(200, DynamicToolPage, 'By name')
  async listDynamicTools(
    @CurrentCaller() caller: Caller,
    @Query() { include_code, limit, cursor }: DynamicToolQuery,
  ): Promise<Page<DynamicToolRecord>> {
    return pageOfTools(await this.tools.list(caller, include_code === 'true'), limit, cursor);
  }

  @Post()
  @Scopes('tools:admin')
  @Takes(DynamicToolDraft)
  @Answers(201, DynamicToolRecord, 'With `Location` and `ETag`; called from now on, unless changes are approved first')
  async createDynamicTool(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body() body: unknown,
  ): Promise<DynamicToolRecord> {
    const tool = await this.changes.create(request, draftOf(body));
    reply.header('location', `/v1/dynamic-tools/${encodeURIComponent(tool.name)}`);
    return answered(reply, tool, 201);
  }

  @Get(':name')
  @Scopes('tools:admin')
  @Answers(200, DynamicToolRecord, 'The latest version, with its code and `ETag`')
  async readDynamicTool(
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('name') name: string,
  ): Promise<DynamicToolRecord> {
    const tool = await this.tools.get(caller, name);
    reply.header('etag', etagOf(tool.revision));
    return tool;
  }

  @Patch(':name')
  @Scopes('tools:admin')
  @Takes(DynamicToolPatch)
  @Answers(200, DynamicToolRecord, 'A new version. Members of the body take the place of those that are there')
  async patchDynamicTool(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('name') name: string,
    @Query() query: ExpectedQuery,
    @Body() body: unknown,
  ): Promise<DynamicToolRecord> {
    const expected = expectedOf(request.headers['if-match'], query);
    const tool = await this.changes.update(request, name, patchOf(body), expected);
    return answered(reply, tool);
  }

  @Delete(':name')
  @Scopes('tools:admin')
  @HttpCode(204)
  @Answers(204, {}, 'Its versions are kept: a rollback brings it back')
  async deleteDynamicTool(
    @Req() request: FastifyRequest,
    @Param('name') name: string,
    @Query() query: ExpectedQuery,
  ): Promise<void> {
    await this.changes.delete(request, name, expectedOf(request.headers['if-match'], query));
  }

  @Post(':name/enable')
  @Scopes('tools:admin')
  @HttpCode(200)
  @Answers(200, DynamicToolRecord)
  enableDynamicTool(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('name') name: string,
    @Query() query: ExpectedQuery,
  ): Promise<DynamicToolRecord> {
    return this.turn(request, reply, name, query, true);
  }

  @Post(':name/disable')
  @Scopes('tools:admin')
  @HttpCode(200)
  @Answers(200, DynamicToolRecord, 'Kept, and neither listed nor called')
  disableDynamicTool(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('name') name: string,
    @Query() query: ExpectedQuery,
  ): Promise<DynamicToolRecord> {
    return this.turn(request, reply, name, query, false);
  }

  private async turn(
    request: FastifyRequest,
    reply: FastifyReply,
    name: string,
    query: ExpectedQuery,
    on: boolean,
  ): Promise<DynamicToolRecord> {
    const tool = await this.changes.enable(request, name, on, expectedOf(request.headers['if-match'], query));
    return answered(reply, tool);
  }
}
