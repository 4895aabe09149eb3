import { Controller, Get, Query } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { ErrorCluster, ErrorCorrelations, EventCorrelation } from '#core/error-correlations/error-correlations.js';
import { CurrentCaller, Scopes } from '#gateway/auth/auth.decorators.js';
import { Answers, listOf } from '#gateway/http/answers.js';
import { API_BASE } from '#gateway/http/base-path.js';
import { Group } from '#gateway/http/documented.js';
import { CrossSessionQuery } from './error-correlations.dto.js';

@Group('errors')
@Controller(`${API_BASE}/errors`)
export class ErrorCorrelationsController {
  constructor(private readonly errors: ErrorCorrelations) {}

  @Get('clusters')
  @Scopes('insights:read')
  @Answers(200, listOf(ErrorCluster), 'Last seen first')
  listErrorClusters(@CurrentCaller() caller: Caller, @Query() query: CrossSessionQuery) {
    return this.errors.clusters(caller, query);
  }

  @Get('correlations')
  @Scopes('insights:read')
  @Answers(200, listOf(EventCorrelation), 'Newest first')
  listErrorCorrelations(@CurrentCaller() caller: Caller, @Query() query: CrossSessionQuery) {
    return this.errors.correlations(caller, query);
  }
}
