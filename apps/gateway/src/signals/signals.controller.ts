import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { Ingestion } from '#core/signals/ingestion.js';
import { EventBatchResponse, EventBatchResult } from '#core/signals/signals.js';
import { CurrentCaller, ScopesOrSessionToken } from '#gateway/auth/auth.decorators.js';
import { Answers } from '#gateway/http/answers.js';
import { API_BASE } from '#gateway/http/base-path.js';
import { BodyModel, Group } from '#gateway/http/documented.js';
import { refusalOf } from './signals.errors.js';
import { SignalsMetrics } from './signals.metrics.js';

/** Events are checked by a compiled JSON Schema, not by a DTO: a batch of 500 would spend 40 ms in class-validator. */
@Group('signals')
@Controller(`${API_BASE}/signals/events`)
export class SignalsController {
  constructor(
    private readonly ingestion: Ingestion,
    private readonly metrics: SignalsMetrics,
  ) {}

  @Post()
  @ScopesOrSessionToken('signals:write')
  @HttpCode(202)
  @BodyModel('MCPEvent')
  @Answers(202, EventBatchResult)
  async recordEvent(@CurrentCaller() caller: Caller, @Body() event: unknown): Promise<EventBatchResult> {
    const { results, failed } = await this.metrics.counted(caller, [event], this.ingestion.ingest(caller, [event]));
    if (failed.length > 0) throw refusalOf(failed[0]!);
    return results[0]!;
  }

  @Post('batch')
  @ScopesOrSessionToken('signals:write')
  @HttpCode(200)
  @BodyModel('MCPEventBatch')
  @Answers(200, EventBatchResponse, 'One bad event never fails the others')
  recordEvents(@CurrentCaller() caller: Caller, @Body() batch: unknown): Promise<EventBatchResponse> {
    const events = (batch as { events?: unknown } | null | undefined)?.events;
    return this.metrics.counted(caller, Array.isArray(events) ? events : [], this.ingestion.ingestBatch(caller, batch));
  }
}
