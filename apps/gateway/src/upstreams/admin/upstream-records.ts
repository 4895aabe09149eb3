import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { canonicalJson } from '#core/canonical-json.js';
import { AuditService } from '#gateway/audit/audit.service.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import '#gateway/http/json-body.js';

/** Which upstream, and what it was set to: the hash of its entry, in RFC 8785 form, stands for it. */
interface Changed {
  readonly name: string;
  readonly entry?: JsonObject;
}

/** A record of each change of an upstream, instead of the request's own. */
@Injectable()
export class UpstreamRecords {
  constructor(private readonly audit: AuditService) {}

  write(request: FastifyRequest, { name, entry }: Changed, event: string, status = 200): void {
    const { caller } = request;
    request.recordedAsCalls = true;
    this.audit.record({
      event,
      requestId: request.id,
      tenant: caller!.tenant,
      sub: caller!.subject,
      clientId: caller!.client ?? null,
      tool: null,
      upstream: name,
      decision: 'granted',
      reason: null,
      status,
      latencyMs: 0,
      inputSha256: entry ? hash('sha256', canonicalJson(entry)) : (request.inputSha256 ?? null),
      outputBytes: null,
      securityFlags: request.securityFlags ?? [],
      traceId: request.traceId,
    });
  }
}
