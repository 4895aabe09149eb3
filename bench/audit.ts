import { randomUUID } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { verify } from '#audit/verify.js';
import { anAuditEvent, AuditFolder, KEY } from '../test/support/audit-log.js';
import type { Figure } from './support/report.js';

const RECORDS = 400_000;
/** The length of such a record's line. */
const LINE = `${'x'.repeat(520)}\n`;
/** As many as a busy gateway takes in one turn of its loop. */
const AT_ONCE = 200;
const FILE_BYTES = 20 * 1024 * 1024;

/**
 * The audit log with all that it does: redaction, chain, rotation every 20 MB, fdatasync and a signed checkpoint once a
 * second. Against appending the same number of ready lines of the same length to one file, in the same groups.
 */
export async function benchAudit(): Promise<Figure[]> {
  await using folder = await AuditFolder.create();
  const events = Array.from({ length: AT_ONCE }, () =>
    anAuditEvent({ requestId: randomUUID(), traceId: randomUUID().replaceAll('-', '') }),
  );
  const log = await folder.open({ maxFileBytes: FILE_BYTES, maxFiles: 1_000 });
  const started = performance.now();
  const before = process.cpuUsage();
  for (let taken = 0; taken < RECORDS; taken += AT_ONCE) {
    for (const event of events) if (!log.append(event)) throw new Error('a record was dropped');
    await nextTurn();
  }
  await log.close();
  const seconds = (performance.now() - started) / 1_000;
  const { user, system } = process.cpuUsage(before);
  const verifying = performance.now();
  const verdict = await verify(folder.file, KEY);
  if (verdict.fault || verdict.records < RECORDS)
    throw new Error(`the log does not verify: ${JSON.stringify(verdict)}`);
  const verified = (performance.now() - verifying) / 1_000;
  return [
    {
      name: 'audit records, chained and synced',
      value: RECORDS / seconds,
      unit: 'records/s',
      target: { value: 20_000, at: 'least' },
      baseline: await bareRate(folder),
    },
    { name: 'audit record, CPU', value: (user + system) / RECORDS, unit: 'µs' },
    { name: 'audit records verified', value: RECORDS / verified, unit: 'records/s' },
  ];
}

async function bareRate(folder: AuditFolder): Promise<number> {
  await using file = await open(join(folder.path, 'bare'), 'a');
  const group = LINE.repeat(AT_ONCE);
  const started = performance.now();
  for (let written = 0; written < RECORDS; written += AT_ONCE) await file.write(group);
  await file.datasync();
  return (RECORDS * 1_000) / (performance.now() - started);
}
