import { Controller, Delete, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Scopes } from '#gateway/auth/auth.decorators.js';
import { Answers } from '#gateway/http/answers.js';
import { Group } from '#gateway/http/documented.js';
import { DynamicToolRecord } from '../dynamic-tool.schema.js';
import { RecordedTools } from '../recorded-tools.service.js';
import { ExpectedQuery } from './dynamic-tools.dto.js';
import { expectedOf } from './expected.js';
import { answered } from './answered.js';

/** What somebody decides about a tool that is there: whether it is called, what it may ask of the gateway, who sees it. */
@Group('dynamic-tools')
@Controller('v1/dynamic-tools/:name')
export class ToolDecisionsController {
  constructor(private readonly changes: RecordedTools) {}

  @Post('approve')
  @Scopes('tools:admin')
  @HttpCode(200)
  @Answers(200, DynamicToolRecord, 'The latest version is called from now on')
  async approveTool(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('name') name: string,
    @Query() query: ExpectedQuery,
  ): Promise<DynamicToolRecord> {
    const expected = expectedOf(request.headers['if-match'], query);
    return answered(reply, await this.changes.approve(request, name, expected));
  }

  @Post('grant')
  @Scopes('tools:admin')
  @HttpCode(200)
  @Answers(200, DynamicToolRecord, 'It may use the host functions that it asks for')
  grantToTool(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('name') name: string,
    @Query() query: ExpectedQuery,
  ): Promise<DynamicToolRecord> {
    return this.grant(request, reply, name, query, true);
  }

  @Delete('grant')
  @Scopes('tools:admin')
  @HttpCode(200)
  @Answers(200, DynamicToolRecord, 'It may use none')
  revokeFromTool(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('name') name: string,
    @Query() query: ExpectedQuery,
  ): Promise<DynamicToolRecord> {
    return this.grant(request, reply, name, query, false);
  }

  @Post('publish')
  @Scopes('tools:admin', 'tools:publish')
  @HttpCode(200)
  @Answers(200, DynamicToolRecord, 'Every tenant sees it')
  publishTool(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('name') name: string,
    @Query() query: ExpectedQuery,
  ): Promise<DynamicToolRecord> {
    return this.publish(request, reply, name, query, true);
  }

  @Delete('publish')
  @Scopes('tools:admin', 'tools:publish')
  @HttpCode(200)
  @Answers(200, DynamicToolRecord, 'Its own tenant sees it, and no other')
  withdrawTool(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('name') name: string,
    @Query() query: ExpectedQuery,
  ): Promise<DynamicToolRecord> {
    return this.publish(request, reply, name, query, false);
  }

  private async grant(
    request: FastifyRequest,
    reply: FastifyReply,
    name: string,
    query: ExpectedQuery,
    granted: boolean,
  ): Promise<DynamicToolRecord> {
    const expected = expectedOf(request.headers['if-match'], query);
    const tool = await this.changes.grant(request, name, granted, expected);
    return answered(reply, tool);
  }

  private async publish(
    request: FastifyRequest,
    reply: FastifyReply,
    name: string,
    query: ExpectedQuery,
    published: boolean,
  ): Promise<DynamicToolRecord> {
    const expected = expectedOf(request.headers['if-match'], query);
    const tool = await this.changes.publish(request, name, published, expected);
    return answered(reply, tool);
  }
}
