import { Body, Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ChangeRecords } from '#gateway/audit/change-records.service.js';
import { Scopes } from '#gateway/auth/auth.decorators.js';
import { Answers, Takes } from '#gateway/http/answers.js';
import { clientLeft } from '#gateway/http/client-left.js';
import { Group } from '#gateway/http/documented.js';
import { AdminUpstreams } from './admin-upstreams.js';
import { entryOf } from './entry-body.js';
import { KnownUpstreams } from './known-upstreams.js';
import { UpstreamStates } from '../upstream-states.service.js';
import { UpstreamTrials } from './upstream-trial.js';
import { UpstreamDetail, UpstreamEntry, UpstreamTrial } from './upstreams-admin.models.js';

/** What an entry without a name is called while it is tried. */
const UNNAMED = 'unnamed';

/** Looking at an upstream now, rather than when its turn comes. */
@Group('admin')
@Controller('admin/upstreams')
export class UpstreamChecksController {
  constructor(
    private readonly known: KnownUpstreams,
    private readonly upstreams: AdminUpstreams,
    private readonly states: UpstreamStates,
    private readonly trials: UpstreamTrials,
    private readonly records: ChangeRecords,
  ) {}

  @Post('test')
  @Scopes('upstreams:write')
  @HttpCode(200)
  @Takes(UpstreamEntry)
  @Answers(200, UpstreamTrial, 'Connects, lists, and keeps nothing')
  testEntry(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body() body: unknown,
  ): Promise<UpstreamTrial> {
    const { name = UNNAMED, ...entry } = entryOf(body);
    const spec = this.upstreams.judge(String(name), entry);
    return this.trials.run(spec, request.caller!, clientLeft(reply));
  }

  @Post(':name/test')
  @Scopes('upstreams:write')
  @HttpCode(200)
  @Answers(200, UpstreamTrial, 'In a connection of its own')
  async testUpstream(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('name') name: string,
  ): Promise<UpstreamTrial> {
    const spec = await this.known.specOf(name);
    return this.trials.run(spec, request.caller!, clientLeft(reply));
  }

  @Post(':name/refresh')
  @Scopes('upstreams:write')
  @HttpCode(200)
  @Answers(200, UpstreamDetail, 'As it is once its lists have been read anew, here; other replicas read theirs in turn')
  async refreshUpstream(@Req() request: FastifyRequest, @Param('name') name: string): Promise<UpstreamDetail> {
    const { name: known } = await this.known.specOf(name);
    await this.states.refresh(known);
    this.records.write(request, { event: 'upstream.refresh', upstream: known });
    return this.known.show(known);
  }
}
