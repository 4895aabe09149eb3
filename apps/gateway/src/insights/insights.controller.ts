import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { InsightOut, Insights } from '#core/insights/insights.js';
import { CurrentCaller, Scopes, ScopesOrSessionToken } from '#gateway/auth/auth.decorators.js';
import { Answers, listOf } from '#gateway/http/answers.js';
import { API_BASE } from '#gateway/http/base-path.js';
import { Group } from '#gateway/http/documented.js';
import { MCPInsightsQuery } from './insights.dto.js';

@Group('insights')
@Controller(API_BASE)
export class InsightsController {
  constructor(private readonly insights: Insights) {}

  @Get('signals/insights')
  @ScopesOrSessionToken('insights:read')
  @Answers(200, listOf(InsightOut), 'Newest first')
  listInsights(@CurrentCaller() caller: Caller, @Query() query: MCPInsightsQuery) {
    return this.insights.list(caller, query);
  }

  @Post('signals/insights')
  @ScopesOrSessionToken('insights:read')
  @HttpCode(200)
  @Answers(200, listOf(InsightOut), 'Newest first')
  queryInsights(@CurrentCaller() caller: Caller, @Body() body: MCPInsightsQuery) {
    return this.insights.list(caller, body);
  }

  @Get('insights/recent')
  @Scopes('insights:read')
  @Answers(200, listOf(InsightOut), 'Newest first')
  listRecentInsights(@CurrentCaller() caller: Caller, @Query() query: MCPInsightsQuery) {
    return this.insights.list(caller, query);
  }
}
