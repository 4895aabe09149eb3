import { Injectable } from '@nestjs/common';
import { logEvent } from '#audit/audit-record.js';
import { AuditService } from '#gateway/audit/audit.service.js';
import { AppError } from '#errors/app-error.js';
import { oauthErrorOf } from '../oauth/token-requests.js';
import type { GrantKey } from '../vault/grants.js';

/** Why something failed, in a word: an error code of OAuth, or of ours. */
export const reasonOf = (error: unknown): string =>
  oauthErrorOf(error) ?? (error instanceof AppError ? error.code : 'internal_error');

/** Records of what becomes of a user's connections. No token, no ticket. */
@Injectable()
export class ConnectAudit {
  constructor(private readonly audit: AuditService) {}

  /** @param reason of a failure; undefined where there was none */
  record(event: 'upstream.connect' | 'upstream.disconnect' | 'upstream.refresh', key: GrantKey, reason?: string): void {
    const { tenant, subject: sub, upstream } = key;
    const decision = reason === undefined ? 'granted' : 'failed';
    this.audit.record({
      ...logEvent(event, reason ?? '', { tenant, sub, upstream, decision }),
      reason: reason ?? null,
    });
  }
}
