import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { canonicalJson } from '#core/canonical-json.js';
import { AuditService } from './audit.service.js';
import '#gateway/http/json-body.js';
import '#gateway/http/request-lifetime.js';

/** What an administrator has changed. */
export interface AdministrativeChange {
  /** As `breaker.open`. */
  readonly event: string;
  /** The upstream, or what stands for one in records. */
  readonly upstream: string;
  readonly tool?: string;
  /** What it was set to: its hash in RFC 8785 form is kept; the request's own body where it is left out. */
  readonly entry?: Readonly<Record<string, unknown>>;
  readonly reason?: string;
  readonly status?: number;
}

/** A record of each administrative change, instead of the record of its request. */
@Injectable()
export class ChangeRecords {
  constructor(private readonly audit: AuditService) {}

  write(request: FastifyRequest, { event, upstream, tool, entry, reason, status = 200 }: AdministrativeChange): void {
    const { caller } = request;
    request.recordedAsCalls = true;
    this.audit.record({
      event,
      requestId: request.id,
      tenant: caller!.tenant,
      sub: caller!.subject,
      clientId: caller!.client ?? null,
      tool: tool ?? null,
      upstream,
      decision: 'granted',
      reason: reason ?? null,
      status,
      latencyMs: 0,
      inputSha256: entry ? hash('sha256', canonicalJson(entry)) : (request.inputSha256 ?? null),
      outputBytes: null,
      securityFlags: request.securityFlags ?? [],
      traceId: request.traceId,
    });
  }
}
