import { Body, Controller, Get, HttpCode, Patch, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AgentPerformance, AgentPerformanceSnapshot } from '#core/agent-performance/agent-performance.js';
import type { Caller } from '#core/caller.js';
import { ValidationFailed } from '#core/core.errors.js';
import { ErrorCluster, ErrorCorrelations, EventCorrelation } from '#core/error-correlations/error-correlations.js';
import { MCPSessionResolveResponse, SessionOut, SessionPage, Sessions } from '#core/sessions/sessions.js';
import { EventPage } from '#core/signals/event.js';
import { CurrentCaller, Scopes } from '#gateway/auth/auth.decorators.js';
import { Answers, listOf } from '#gateway/http/answers.js';
import { API_BASE } from '#gateway/http/base-path.js';
import { Group } from '#gateway/http/documented.js';
import { PathId } from '#gateway/http/path-id.js';
import { sendWithEtag } from './etag.js';
import { EventQuery, MCPSessionCreate, MCPSessionResolve, MCPSessionUpdate, SessionQuery } from './sessions.dto.js';

@Group('sessions')
@Controller(`${API_BASE}/sessions`)
export class SessionsController {
  constructor(
    private readonly sessions: Sessions,
    private readonly errors: ErrorCorrelations,
    private readonly performance: AgentPerformance,
  ) {}

  @Post()
  @Scopes('sessions:write')
  @Answers(201, SessionOut)
  @Answers(200, SessionOut, 'The session existed already')
  async createSession(
    @CurrentCaller() caller: Caller,
    @Body() body: MCPSessionCreate,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionOut> {
    const { session, created } = await this.sessions.create(caller, body);
    reply.status(created ? 201 : 200);
    return session;
  }

  @Get()
  @Scopes('sessions:read')
  @Answers(200, SessionPage, 'Newest first')
  listSessions(@CurrentCaller() caller: Caller, @Query() query: SessionQuery) {
    return this.sessions.list(caller, query);
  }

  @Post('resolve')
  @Scopes('sessions:read')
  @HttpCode(200)
  @Answers(200, MCPSessionResolveResponse)
  resolveSession(@CurrentCaller() caller: Caller, @Body() body: MCPSessionResolve) {
    return this.sessions.resolve(caller, body);
  }

  @Get(':id')
  @Scopes('sessions:read')
  @Answers(200, SessionOut, 'With `ETag`; 304 when `If-None-Match` names it')
  async getSession(
    @CurrentCaller() caller: Caller,
    @PathId() id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const session = await this.sessions.get(caller, id);
    sendWithEtag(request, reply, session, session.last_processed_at !== null && !session.requires_processing);
  }

  @Patch(':id')
  @Scopes('sessions:write')
  @Answers(200, SessionOut)
  updateSession(@CurrentCaller() caller: Caller, @PathId() id: string, @Body() body: MCPSessionUpdate) {
    const ends = body.status !== 'active';
    if (ends !== (body.end_time !== undefined)) {
      const fault = ends
        ? { code: 'required', message: `is required by status ${body.status}` }
        : { code: 'unexpected', message: 'goes with a status that ends the session' };
      throw new ValidationFailed([{ field: 'end_time', ...fault }]);
    }
    return this.sessions.update(caller, id, body);
  }

  @Get(':id/events')
  @Scopes('sessions:read')
  @Answers(200, EventPage, 'By client_timestamp, oldest first')
  listEvents(@CurrentCaller() caller: Caller, @PathId() id: string, @Query() query: EventQuery) {
    return this.sessions.events(caller, id, query);
  }

  @Get(':id/errors')
  @Scopes('insights:read')
  @Answers(200, listOf(ErrorCluster))
  listSessionErrors(@CurrentCaller() caller: Caller, @PathId() id: string) {
    return this.errors.clustersOf(caller, id);
  }

  @Get(':id/correlations')
  @Scopes('insights:read')
  @Answers(200, listOf(EventCorrelation))
  listSessionCorrelations(@CurrentCaller() caller: Caller, @PathId() id: string) {
    return this.errors.correlationsOf(caller, id);
  }

  @Get(':id/agent-performance')
  @Scopes('insights:read')
  @Answers(200, listOf(AgentPerformanceSnapshot))
  listSessionPerformance(@CurrentCaller() caller: Caller, @PathId() id: string) {
    return this.performance.ofSession(caller, id);
  }
}
