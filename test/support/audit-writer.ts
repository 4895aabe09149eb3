import { AuditLog } from '#audit/audit-log.js';
import { anAuditEvent, KEY } from './audit-log.js';

// Writes audit records as fast as it can until it is killed. Started by a test in a process of its own.
const log = await AuditLog.open({ file: process.argv[2]!, key: KEY, maxFileBytes: 100_000, maxFiles: 100_000 });
for (let i = 0; ; i++) {
  log.append(anAuditEvent({ requestId: `request-${i}` }));
  if (i % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
}
