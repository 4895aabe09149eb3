import { Injectable } from '@nestjs/common';
import type { Decision } from '#audit/audit-record.js';
import { AuditService } from '#gateway/audit/audit.service.js';
import { describe } from '#gateway/http/describe-error.js';
import type { McpRequest } from './mcp-request.js';

const NO_FLAGS: readonly string[] = [];

/** One record for every resource that is read and every prompt that is got, in place of that of its request. */
@Injectable()
export class SourceAudit {
  constructor(private readonly audit: AuditService) {}

  /** @param upstream the source, where there is one @param what the address or name; of what there is not it is not kept */
  async record<T>(request: McpRequest, upstream: string | undefined, what: string, act: () => Promise<T>): Promise<T> {
    const began = performance.now();
    request.carrier.recordedAsCalls = true;
    try {
      const answer = await act();
      this.write(request, began, { upstream, what, decision: 'granted', reason: null, status: 200 });
      return answer;
    } catch (error) {
      const { code, status } = describe(error).problem;
      const tool = status === 404 ? undefined : what;
      const decision = request.signal.aborted ? 'cancelled' : decisionOf(status);
      this.write(request, began, { upstream, what: tool, decision, reason: code, status });
      throw error;
    }
  }

  private write(
    { method, caller, carrier, requestId, traceId, inputSha256 }: McpRequest,
    began: number,
    end: { upstream?: string; what?: string; decision: Decision; reason: string | null; status: number },
  ): void {
    this.audit.record({
      event: `mcp.${method}`,
      requestId,
      tenant: caller.tenant,
      sub: caller.subject,
      clientId: caller.client ?? null,
      tool: end.what ?? null,
      upstream: end.upstream ?? null,
      decision: end.decision,
      reason: end.reason,
      status: end.status,
      latencyMs: performance.now() - began,
      inputSha256: inputSha256 ?? null,
      outputBytes: null,
      securityFlags: carrier.securityFlags ?? NO_FLAGS,
      traceId,
    });
  }
}

function decisionOf(status: number): Decision {
  if (status === 401 || status === 403) return 'refused';
  if (status === 429) return 'limited';
  return status === 504 ? 'timed_out' : 'failed';
}
