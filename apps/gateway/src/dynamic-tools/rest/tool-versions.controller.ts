import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '#core/caller.js';
import { ValidationFailed } from '#core/core.errors.js';
import { CurrentCaller, Scopes } from '#gateway/auth/auth.decorators.js';
import { Answers, Takes } from '#gateway/http/answers.js';
import { Group } from '#gateway/http/documented.js';
import type { Static } from '#schema/schema.js';
import { DynamicToolRecord } from '../dynamic-tool.schema.js';
import { DynamicTools } from '../dynamic-tools.service.js';
import { RecordedTools } from '../recorded-tools.service.js';
import { bodyCheck } from './body-check.js';
import { ExpectedQuery } from './dynamic-tools.dto.js';
import { DynamicToolHistory, RollbackBody } from './dynamic-tools.models.js';
import { expectedOf } from './expected.js';
import { answered } from './answered.js';

const rollbackOf = bodyCheck(RollbackBody);

/** Every version that a dynamic tool ever had, and going back to one. */
@Group('dynamic-tools')
@Controller('v1/dynamic-tools/:name')
export class ToolVersionsController {
  constructor(
    private readonly tools: DynamicTools,
    private readonly changes: RecordedTools,
  ) {}

  @Get('versions')
  @Scopes('tools:admin')
  @Answers(200, DynamicToolHistory, 'Newest first; of a tool that was deleted, too')
  async listToolVersions(
    @CurrentCaller() caller: Caller,
    @Param('name') name: string,
  ): Promise<Static<typeof DynamicToolHistory>> {
    return { versions: await this.tools.history(caller, name) };
  }

  @Get('versions/:version')
  @Scopes('tools:admin')
  @Answers(200, DynamicToolRecord, 'The tool as it was then, with its code')
  readToolVersion(
    @CurrentCaller() caller: Caller,
    @Param('name') name: string,
    @Param('version') version: string,
  ): Promise<DynamicToolRecord> {
    if (!/^[1-9]\d{0,8}$/.test(version)) {
      throw new ValidationFailed([{ field: 'version', code: 'wrong_format', message: 'must be a whole number' }]);
    }
    return this.tools.version(caller, name, Number(version));
  }

  @Post('rollback')
  @Scopes('tools:admin')
  @HttpCode(200)
  @Takes(RollbackBody)
  @Answers(200, DynamicToolRecord, 'A new version that is like the old one; a tool that was deleted is there again')
  async rollBackTool(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('name') name: string,
    @Query() query: ExpectedQuery,
    @Body() body: unknown,
  ): Promise<DynamicToolRecord> {
    const { version } = rollbackOf(body);
    const expected = expectedOf(request.headers['if-match'], query);
    const tool = await this.changes.rollback(request, name, version, expected);
    return answered(reply, tool);
  }
}
