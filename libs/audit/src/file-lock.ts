import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { DatabaseSync } from 'node:sqlite';

const SQLITE_BUSY = 5;
const SQLITE_FULL = 13;

/** Another process writes this log. */
export class AuditLogInUse extends Error {
  constructor(file: string, holder: string) {
    super(`Another gateway (${holder}) is writing the audit log ${file}; give this one its own AUDIT_FILE.`);
    this.name = 'AuditLogInUse';
  }
}

/**
 * One writer per log. An exclusive transaction of SQLite is the one lock on a file that Node has: the kernel drops it
 * with the process, so it is never stale. The file stays: removing it would let two writers lock two files of one name.
 * @returns undefined while the disk is full: the lock is then to be asked for again before anything is written.
 * @throws AuditLogInUse naming who holds it.
 */
export function lockLog(file: string): Disposable | undefined {
  const holder = `${file}.pid`;
  const lock = openLock(file);
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    const { errcode = 0 } = error as { errcode?: number };
    if (errcode === SQLITE_FULL) return undefined;
    if (errcode !== SQLITE_BUSY) throw error;
    throw new AuditLogInUse(file, whoHolds(holder));
  }
  try {
    writeFileSync(holder, `process ${process.pid} on ${hostname()}\n`, { mode: 0o600 });
  } catch {
    // A full disk: the lock holds without its name tag.
  }
  return {
    [Symbol.dispose]() {
      rmSync(holder, { force: true });
      lock.close();
    },
  };
}

function openLock(file: string): DatabaseSync {
  try {
    return new DatabaseSync(`${file}.lock`);
  } catch (error) {
    throw new Error(`The audit log ${file} cannot be written: its folder takes no new file.`, { cause: error });
  }
}

function whoHolds(holder: string): string {
  try {
    return readFileSync(holder, 'utf8').trim() || 'unnamed';
  } catch {
    return 'just starting';
  }
}
