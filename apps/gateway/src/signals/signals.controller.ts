import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { Ingestion } from '#core/signals/ingestion.js';
import { EventBatchResponse, EventBatchResult } from '#core/signals/signals.js';
import { CurrentCaller, ScopesOrSessionToken } from '#gateway/auth/auth.decorators.js';
import { Answers } from '#gateway/http/answers.js';
import { API_BASE } from '#gateway/http/base-path.js';
import { BodyModel, Group } from '#gateway/http/documented.js';
import { refusalOf } from './signals.errors.js';

/** Events are checked by a compiled JSON Schema, not by a DTO: a batch of 500 would spend 40 ms in class-validator. */
@Group('signals')
@Controller(`${API_BASE}/signals/events`)
export class SignalsController {
  constructor(private readonly ingestion: Ingestion) {}

  @Post()
  @ScopesOrSessionToken('signals:write')
  @HttpCode(202)
  @BodyModel('MCPEvent')
  @Answers(202, EventBatchResult)
  async recordEvent(@CurrentCaller() caller: Caller, @Body() event: unknown): Promise<EventBatchResult> {
    const { results, failed } = await this.ingestion.ingest(caller, [event]);
    if (failed.length > 0) throw refusalOf(failed[0]!);
    return results[0]!;
  }

  @Post('batch')
  @ScopesOrSessionToken('signals:write')
  @HttpCode(200)
  @BodyModel('MCPEventBatch')
  @Answers(200, EventBatchResponse, 'One bad event never fails the others')
  recordEvents(@CurrentCaller() caller: Caller, @Body() batch: unknown): Promise<EventBatchResponse> {
    return this.ingestion.ingestBatch(caller, batch);
  }
}
