import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ChangeRecords } from '#gateway/audit/change-records.service.js';
import { Scopes } from '#gateway/auth/auth.decorators.js';
import { Answers } from '#gateway/http/answers.js';
import { Group } from '#gateway/http/documented.js';
import type { Static } from '#schema/schema.js';
import { DefinitionReviews } from './definition-reviews.js';
import { DefinitionApproval, DefinitionDecision, DefinitionQuery } from './definitions.dto.js';
import { PreconditionRequired } from './definitions.errors.js';
import { ApprovedList, DefinitionList, DefinitionOut } from './definitions.models.js';
import type { Decided, Decision } from './pins/pin.js';

/** What upstreams say that their tools are, for whoever answers for it. It belongs to no tenant. */
@Group('admin')
@Controller('admin/upstreams/:name/definitions')
export class DefinitionsController {
  constructor(
    private readonly reviews: DefinitionReviews,
    private readonly records: ChangeRecords,
  ) {}

  @Get()
  @Scopes('upstreams:read')
  @Answers(200, DefinitionList, 'By name; `ETag` stands for all that waits')
  async listDefinitions(
    @Param('name') name: string,
    @Query() { state }: DefinitionQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Static<typeof DefinitionList>> {
    const { definitions, tag } = await this.reviews.list(name);
    reply.header('etag', `"${tag}"`);
    return {
      definitions: definitions.filter((entry) => state === undefined || entry.state === state),
      pending_sha256: tag,
    };
  }

  @Post('approve')
  @Scopes('upstreams:write')
  @HttpCode(200)
  @Answers(
    200,
    ApprovedList,
    'All that waited for these reasons, if nothing has changed since the list with this `ETag`',
  )
  async approveDefinitions(
    @Req() request: FastifyRequest,
    @Param('name') name: string,
    @Body() { classes, sha256 }: DefinitionApproval,
    @Headers('if-match') tag: string | undefined,
  ): Promise<Static<typeof ApprovedList>> {
    const decided = await this.reviews.approveAll(request.caller!, name, classes, expected(tag, sha256));
    for (const each of decided) this.record(request, name, each, 'approve');
    return { approved: decided.map(({ tool }) => tool) };
  }

  @Get(':tool')
  @Scopes('upstreams:read')
  @Answers(200, DefinitionOut, 'What was approved, what waits, and how they differ')
  getDefinition(@Param('name') name: string, @Param('tool') tool: string): Promise<DefinitionOut> {
    return this.reviews.one(name, tool);
  }

  @Post(':tool/approve')
  @Scopes('upstreams:write')
  @HttpCode(200)
  @Answers(200, DefinitionOut, 'What waited is approved')
  approveDefinition(
    @Req() request: FastifyRequest,
    @Param('name') name: string,
    @Param('tool') tool: string,
    @Body() { sha256 }: DefinitionDecision,
    @Headers('if-match') tag: string | undefined,
  ): Promise<DefinitionOut> {
    return this.decide(request, name, tool, expected(tag, sha256), 'approve');
  }

  @Post(':tool/reject')
  @Scopes('upstreams:write')
  @HttpCode(200)
  @Answers(200, DefinitionOut, 'What waited is refused, until the upstream says something else')
  rejectDefinition(
    @Req() request: FastifyRequest,
    @Param('name') name: string,
    @Param('tool') tool: string,
    @Body() { sha256 }: DefinitionDecision,
    @Headers('if-match') tag: string | undefined,
  ): Promise<DefinitionOut> {
    return this.decide(request, name, tool, expected(tag, sha256), 'reject');
  }

  private async decide(
    request: FastifyRequest,
    name: string,
    tool: string,
    sha256: string,
    decision: Decision,
  ): Promise<DefinitionOut> {
    const decided = await this.reviews.decide(request.caller!, name, tool, sha256, decision);
    if (decided) this.record(request, name, decided, decision);
    return this.reviews.one(name, tool);
  }

  /** Instead of the request's own record. */
  private record(request: FastifyRequest, upstream: string, { tool, from, to }: Decided, decision: Decision): void {
    const reason = `from ${from ?? 'nothing'} to ${to}`;
    this.records.write(request, { event: `definition.${decision}`, upstream, tool, reason });
  }
}

/** What the decision is about. @throws PreconditionRequired: nobody approves what he has not seen */
function expected(tag: string | undefined, sha256: string | undefined): string {
  const said = /^\s*"([0-9a-f]{64})"\s*$/.exec(tag ?? '')?.[1] ?? sha256;
  if (said === undefined) throw new PreconditionRequired();
  return said;
}
