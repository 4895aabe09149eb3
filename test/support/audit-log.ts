import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditLog, type AuditLogOptions } from '#audit/audit-log.js';
import { type AuditEvent, type AuditRecord, logEvent } from '#audit/audit-record.js';
import { finished, finishedNumbers } from '#audit/log-files.js';

export const KEY = Buffer.from('a-key-of-the-tests-0123456789abcdef');

/** What a call leaves behind. */
export const anAuditEvent = (overrides: Partial<AuditEvent> = {}): AuditEvent => ({
  ...logEvent('http.request', 'x'),
  requestId: '0198a1de-0000-7000-8000-000000000001',
  tenant: 'acme',
  sub: 'ada@example.com',
  tool: 'listSessions',
  decision: 'granted',
  reason: null,
  status: 200,
  latencyMs: 1.25,
  outputBytes: 17,
  ...overrides,
});

/** A folder with an audit log in it, gone when the test is. */
export class AuditFolder implements AsyncDisposable {
  private constructor(readonly path: string) {}

  static async create(): Promise<AuditFolder> {
    return new AuditFolder(await mkdtemp(join(tmpdir(), 'achilles-audit-')));
  }

  get file(): string {
    return join(this.path, 'audit.jsonl');
  }

  open(options: Partial<AuditLogOptions> = {}): Promise<AuditLog> {
    return AuditLog.open({ file: this.file, key: KEY, maxFileBytes: 1e9, maxFiles: 100, ...options });
  }

  /** Writes so many records and closes the log. */
  async fill(records: number, options: Partial<AuditLogOptions> = {}): Promise<void> {
    const log = await this.open(options);
    for (let i = 0; i < records; i++) log.append(anAuditEvent({ requestId: `request-${i}` }));
    await log.close();
  }

  /** Every record of the log, oldest first. */
  async records(): Promise<AuditRecord[]> {
    const files = [...finishedNumbers(this.file).map((number) => finished(this.file, number)), this.file];
    const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
    return texts
      .join('')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as AuditRecord);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
