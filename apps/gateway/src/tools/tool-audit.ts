import { Injectable } from '@nestjs/common';
import { AppError } from '#errors/app-error.js';
import { AuditService } from '#gateway/audit/audit.service.js';
import { DECISION_OF, outcomeOf, reasonOf } from './call-outcome.js';
import { originalOf } from './tool.js';
import { type ToolCallEnd, ToolCallObserver } from './tool-request.js';

/** What somebody who watches for attacks looks for, by the error's code. */
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  invalid_cypher: ['injection_attempt'],
  invalid_path: ['injection_attempt'],
  rate_limited: ['rate_limited'],
};
const NO_FLAGS: readonly string[] = [];

/** One record for every call of a tool, however it came and ended; of one that changed something there is one already. */
@Injectable()
export class ToolAudit extends ToolCallObserver {
  constructor(private readonly audit: AuditService) {
    super();
  }

  ended(end: ToolCallEnd): void {
    const { request, tool, error, recorded } = end;
    // One that failed after that says so itself.
    if (recorded && error === undefined) return;
    const { caller } = request;
    this.audit.record({
      event: 'tool.call',
      requestId: request.requestId,
      tenant: caller.tenant,
      sub: caller.subject,
      clientId: caller.client ?? null,
      // What a stranger made up is no name of ours.
      tool: tool ? originalOf(tool).definition.name : null,
      upstream: tool?.upstream ?? null,
      decision: DECISION_OF[outcomeOf(end)],
      reason: reasonOf(end),
      status: error === undefined ? 200 : error instanceof AppError ? error.status : 500,
      latencyMs: end.ms,
      inputSha256: request.inputSha256 ?? null,
      outputBytes: end.outputBytes ?? null,
      securityFlags: flagsOf(end),
      traceId: request.traceId,
    });
  }
}

function flagsOf({ request, securityFlags: ofAnswer, error }: ToolCallEnd): readonly string[] {
  const own = error instanceof AppError ? (FLAGS[error.code] ?? NO_FLAGS) : NO_FLAGS;
  const ofRequest = request.securityFlags;
  return ofRequest || ofAnswer ? [...(ofRequest ?? NO_FLAGS), ...own, ...(ofAnswer ?? NO_FLAGS)] : own;
}
