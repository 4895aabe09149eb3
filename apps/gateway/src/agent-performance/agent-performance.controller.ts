import { Controller, Get, Query } from '@nestjs/common';
import { AgentPerformance, AgentPerformanceSnapshot } from '#core/agent-performance/agent-performance.js';
import type { Caller } from '#core/caller.js';
import { CurrentCaller, Scopes } from '#gateway/auth/auth.decorators.js';
import { Answers, listOf } from '#gateway/http/answers.js';
import { API_BASE } from '#gateway/http/base-path.js';
import { Group } from '#gateway/http/documented.js';
import { AgentPerformanceQuery } from './agent-performance.dto.js';

@Group('agents')
@Controller(`${API_BASE}/agents`)
export class AgentPerformanceController {
  constructor(private readonly performance: AgentPerformance) {}

  @Get('performance')
  @Scopes('insights:read')
  @Answers(200, listOf(AgentPerformanceSnapshot), 'Newest first')
  listAgentPerformance(@CurrentCaller() caller: Caller, @Query() query: AgentPerformanceQuery) {
    return this.performance.list(caller, query);
  }
}
