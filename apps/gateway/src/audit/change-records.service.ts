import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { canonicalJson } from '#core/canonical-json.js';
import { AuditService } from './audit.service.js';

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

/** What asked for a change: a request, or a call of a tool. */
export interface ChangeOrigin {
  /** Of the request. */
  readonly id: string;
  readonly traceId: string;
  readonly caller?: Caller;
  readonly inputSha256?: string;
  readonly securityFlags?: readonly string[];
  /** Set when the change is recorded: what asked for it then needs no record of its own. */
  recordedAsCalls?: true;
}

/** A record of each administrative change, instead of the record of what asked for it. */
@Injectable()
export class ChangeRecords {
  constructor(private readonly audit: AuditService) {}

  write(origin: ChangeOrigin, { event, upstream, tool, entry, reason, status = 200 }: AdministrativeChange): void {
    const { caller } = origin;
    origin.recordedAsCalls = true;
    this.audit.record({
      event,
      requestId: origin.id,
      tenant: caller!.tenant,
      sub: caller!.subject,
      clientId: caller!.client ?? null,
      tool: tool ?? null,
      upstream,
      decision: 'granted',
      reason: reason ?? null,
      status,
      latencyMs: 0,
      inputSha256: entry ? hash('sha256', canonicalJson(entry)) : (origin.inputSha256 ?? null),
      outputBytes: null,
      securityFlags: origin.securityFlags ?? [],
      traceId: origin.traceId,
    });
  }
}
