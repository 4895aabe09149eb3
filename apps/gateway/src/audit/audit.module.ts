import { type DynamicModule, Module } from '@nestjs/common';
import { AuditMetrics } from './audit.metrics.js';
import { AUDIT_WORKER, AuditService } from './audit.service.js';
import { ChangeRecords } from './change-records.service.js';
import { RequestAudit } from './request-audit.js';

/** A record of every call, that can be proven. */
@Module({})
export class AuditModule {
  /** `worker` counts, from 1, the processes that share a port. */
  static for(worker = 1): DynamicModule {
    return {
      module: AuditModule,
      global: true,
      providers: [AuditMetrics, AuditService, ChangeRecords, RequestAudit, { provide: AUDIT_WORKER, useValue: worker }],
      exports: [AuditService, ChangeRecords, RequestAudit],
    };
  }
}
