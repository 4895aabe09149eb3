import { statSync } from 'node:fs';
import { auditKey, AuditKeyError, keyFileIn, readKeyFile } from '#audit/audit-key.js';
import { finished, finishedNumbers, logsIn } from '#audit/log-files.js';
import { ExpectedFailure } from '../expected-failure.js';

/** What the gateway's own environment says about its audit log. */
export interface AuditSettings {
  readonly AUDIT_FILE?: string;
  readonly AUDIT_HMAC_KEY?: string;
  readonly DATA_DIR?: string;
}

/** The logs at a path: the log that it names, or every log of a folder. */
export function findLogs(path: string | undefined, { AUDIT_FILE }: AuditSettings): string[] {
  const named = path ?? (AUDIT_FILE || 'logs/audit.jsonl');
  if (!statSync(named, { throwIfNoEntry: false })?.isDirectory()) return [named];
  const logs = logsIn(named);
  if (logs.length === 0) throw new ExpectedFailure(`There is no audit log in ${named}.`);
  return logs;
}

/** The files of a log that are there, oldest first. */
export function filesOf(log: string): string[] {
  const files = finishedNumbers(log).map((number) => finished(log, number));
  const all = statSync(log, { throwIfNoEntry: false }) ? [...files, log] : files;
  if (all.length === 0) throw new ExpectedFailure(`There is no audit log ${log}.`);
  return all;
}

/** The key that the log was written under; it is never shown. */
export function findKey(keyFile: string | undefined, { AUDIT_HMAC_KEY, DATA_DIR }: AuditSettings): Buffer {
  const dataDir = DATA_DIR || '.achilles';
  try {
    if (keyFile !== undefined) return readKeyFile(keyFile);
    return AUDIT_HMAC_KEY ? auditKey(AUDIT_HMAC_KEY, dataDir) : readKeyFile(keyFileIn(dataDir));
  } catch (error) {
    if (!(error instanceof AuditKeyError)) throw error;
    throw new ExpectedFailure(`${error.message} Set AUDIT_HMAC_KEY or DATA_DIR as the gateway has it, or --key-file.`);
  }
}
