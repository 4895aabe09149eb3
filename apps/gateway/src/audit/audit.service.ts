import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { AuditForwarder } from '#audit/audit-forwarder.js';
import { auditKey } from '#audit/audit-key.js';
import { AuditLog } from '#audit/audit-log.js';
import type { AuditEvent } from '#audit/audit-record.js';
import { fileOfWorker } from '#audit/log-files.js';
import type { Config } from '#config/env.js';
import { EgressClient } from '#egress/egress-client.js';
import { AuditMetrics } from './audit.metrics.js';
import { AuditReceiver } from './audit-receiver.js';

/** The number of this process among those that share a port, from 1: each writes a log of its own. */
export const AUDIT_WORKER = Symbol('AUDIT_WORKER');

/** The one way into the audit log, and what goes on from there to the audit service. */
@Injectable()
export class AuditService implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Audit');
  private readonly failsClosed: boolean;
  private log: AuditLog | undefined;
  private forwarder: AuditForwarder | undefined;

  constructor(
    private readonly config: ConfigService<Config, true>,
    private readonly metrics: AuditMetrics,
    private readonly egress: EgressClient,
    @Inject(AUDIT_WORKER) private readonly worker: number,
  ) {
    this.failsClosed = config.get('AUDIT_FAIL_MODE') === 'closed';
  }

  /** Takes a record; never throws and never waits. */
  record(event: AuditEvent): void {
    this.log?.append(event);
  }

  /** True while AUDIT_FAIL_MODE=closed and a change could not be recorded. */
  get refusesChanges(): boolean {
    return this.failsClosed && this.log?.available !== true;
  }

  async onModuleInit(): Promise<void> {
    const file = fileOfWorker(this.setting('AUDIT_FILE'), this.worker);
    const log = await AuditLog.open({
      file,
      key: auditKey(this.setting('AUDIT_HMAC_KEY'), this.setting('DATA_DIR')),
      maxFileBytes: this.setting('AUDIT_MAX_FILE_BYTES'),
      maxFiles: this.setting('AUDIT_MAX_FILES'),
      keepFrom: () => this.forwarder?.keepFrom,
      onFault: (fault) => this.tellOfLog(fault),
      onLost: (number) => this.tellOfLoss(number),
    });
    this.log = log;
    this.forward(log, file);
    this.metrics.sources = {
      records: () => log.written,
      dropped: () => log.dropped,
      spool: () => this.forwarder?.depth ?? 0,
      available: () => log.available,
    };
  }

  /** After the last request has its answer. */
  async onApplicationShutdown(): Promise<void> {
    await this.log?.flush();
    await this.forwarder?.stop();
    await this.log?.close();
  }

  private forward(log: AuditLog, file: string): void {
    const url = this.setting('AUDIT_SERVICE_URL');
    if (url === undefined) return;
    const receiver = new AuditReceiver(this.egress, url, this.setting('AUDIT_SERVICE_TOKEN'));
    this.forwarder = new AuditForwarder({
      log,
      file,
      send: (batch, signal) => receiver.send(batch, signal),
      onOutcome: (outcome) => this.metrics.forwardBatches.inc({ outcome }),
      onFault: (what) => this.tellOfReceiver(what),
    });
    this.forwarder.start();
  }

  private setting<Name extends keyof Config>(name: Name): Config[Name] {
    return this.config.get<Config[Name]>(name);
  }

  private tellOfLog(fault: Error | undefined): void {
    if (fault === undefined) return this.logger.log('The audit log can be written again');
    const code = (fault as NodeJS.ErrnoException).code ?? fault.message;
    this.logger.error(`The audit log cannot be written: ${code}`);
  }

  private tellOfReceiver(what: string | undefined): void {
    if (what === undefined) this.logger.log('The audit service accepts records again');
    else this.logger.warn(`The audit service does not accept records, which wait on disk: ${what}`);
  }

  private tellOfLoss(number: number): void {
    this.metrics.prunedUnforwarded.inc();
    this.logger.error(`Audit file ${number} was removed for room before the audit service had accepted it`);
  }
}
