import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { EmbeddedPostgresError } from './embedded-postgres.errors.js';

const SQLITE_BUSY = 5;

/**
 * One gateway per data folder. Node has no file locks of its own but through SQLite, whose exclusive transaction on an
 * empty file is one: taken atomically, refused to a second gateway in this process or another, in a neighbouring
 * container too, not inherited by children, and dropped by the kernel with the process, so it is never stale. The file
 * stays when the lock goes: removing it would let two gateways lock two files of one name.
 */
export function lockDataDir(dataDir: string): Disposable {
  const holder = join(dataDir, 'gateway.pid');
  const lock = new DatabaseSync(join(dataDir, 'gateway.lock'));
  try {
    lock.exec('BEGIN EXCLUSIVE');
    writeFileSync(holder, `process ${process.pid} on ${hostname()}\n`);
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    throw new EmbeddedPostgresError(
      'data_dir_in_use',
      `Another gateway (${whoHolds(holder)}) is using ${dataDir}; give this one its own DATA_DIR or set DATABASE_URL.`,
    );
  }
  return {
    [Symbol.dispose]() {
      try {
        rmSync(holder, { force: true });
      } finally {
        lock.close();
      }
    },
  };
}

function whoHolds(holder: string): string {
  try {
    return readFileSync(holder, 'utf8').trim();
  } catch {
    return 'just starting';
  }
}
