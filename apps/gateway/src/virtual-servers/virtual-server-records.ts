import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { canonicalJson } from '#core/canonical-json.js';
import { AuditService } from '#gateway/audit/audit.service.js';
import '#gateway/http/json-body.js';
import type { VirtualServerRow } from './virtual-server-rows.js';

/** A record of each change of a virtual server, instead of the request's own. What it was set to is a hash. */
@Injectable()
export class VirtualServerRecords {
  constructor(private readonly audit: AuditService) {}

  write(request: FastifyRequest, { name, entry }: VirtualServerRow, what: 'create' | 'replace' | 'delete'): void {
    const { caller } = request;
    request.recordedAsCalls = true;
    this.audit.record({
      event: `virtual_server.${what}`,
      requestId: request.id,
      tenant: caller!.tenant,
      sub: caller!.subject,
      clientId: caller!.client ?? null,
      tool: null,
      upstream: name,
      decision: 'granted',
      reason: null,
      status: { create: 201, replace: 200, delete: 204 }[what],
      latencyMs: 0,
      inputSha256: what === 'delete' ? null : hash('sha256', canonicalJson(entry)),
      outputBytes: null,
      securityFlags: request.securityFlags ?? [],
      traceId: request.traceId,
    });
  }
}
