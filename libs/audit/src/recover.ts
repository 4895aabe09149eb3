import { hash, randomUUID } from 'node:crypto';
import { appendFileSync, mkdirSync, renameSync, rmSync, truncateSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type AuditEvent, logEvent } from './audit-record.js';
import type { Chain } from './chain.js';
import { type Checkpoint, checkpointFile, type FoundCheckpoint, readCheckpoint } from './checkpoint.js';
import { finished, finishedNumbers } from './log-files.js';
import { readHead, readTail } from './log-tail.js';

/** Where a log goes on, and what its next records have to tell about how it was found. */
export interface Position {
  readonly chain: string;
  readonly first: Checkpoint['first'];
  /** Number of the file being written, its size, and the last record of the chain. */
  readonly file: number;
  readonly size: number;
  readonly seq: number;
  readonly hash: string;
  readonly news: readonly AuditEvent[];
}

/**
 * Finds where the log goes on. It always goes on: a torn end is kept aside and told of; where the log is shorter than
 * its checkpoint, or not what was written, the chain goes on from the checkpoint, so that the fault stays to be seen.
 */
export function recover(file: string, chain: Chain): Position {
  const found = readCheckpoint(file, chain);
  if (found.kind !== 'other-key') return goOn(file, chain, found);
  const folder = setAside(file, found.keyId);
  const begun = goOn(file, chain, { kind: 'missing' });
  return { ...begun, news: [logEvent('audit.key_changed', `records under the former key are in ${folder}`)] };
}

function goOn(file: string, chain: Chain, found: FoundCheckpoint): Position {
  const { torn, ...tail } = mendEnd(file, chain);
  const numbers = finishedNumbers(file);
  const number = (numbers.at(-1) ?? 0) + 1;
  const isNew = found.kind === 'missing' && numbers.length === 0 && tail.last === undefined && torn.length === 0;
  if (isNew) return begin(chain, number);

  const last = tail.last ?? lastFinished(file, numbers, chain);
  if (found.kind !== 'signed') {
    const from = last === undefined || last === 'unreadable' ? begin(chain, number) : last;
    const head = readHead(numbers[0] === undefined ? file : finished(file, numbers[0]), chain);
    const first = { file: numbers[0] ?? number, seq: head?.seq ?? from.seq + 1, prev: head?.prev ?? from.hash };
    const news = [...torn, broken(`the checkpoint was ${found.kind}`)];
    return { chain: randomUUID(), first, file: number, size: tail.size, seq: from.seq, hash: from.hash, news };
  }
  const { checkpoint } = found;
  const fault = shortfall(last, checkpoint);
  const from = fault === undefined && last !== undefined && last !== 'unreadable' ? last : checkpoint;
  const news = fault === undefined ? torn : [...torn, broken(fault)];
  const { chain: id, first } = checkpoint;
  // A number is never used again, also when somebody removed files.
  const next = Math.max(number, checkpoint.file);
  return { chain: id, first, file: next, size: tail.size, seq: from.seq, hash: from.hash, news };
}

function begin(chain: Chain, file: number): Position {
  const id = randomUUID();
  const prev = chain.mac(`achilles audit chain ${id}`);
  return { chain: id, first: { file, seq: 1, prev }, file, size: 0, seq: 0, hash: prev, news: [] };
}

type Last = ReturnType<typeof lastFinished>;

/** What the checkpoint knows of and the log does not hold. */
function shortfall(last: Last, { seq, hash: expected }: Checkpoint): string | undefined {
  if (last === 'unreadable') return 'the last record is not what was written';
  if (seq === 0) return undefined;
  const reached = last?.seq ?? 0;
  if (reached < seq) return `records after ${reached} are missing: the checkpoint knows ${seq}`;
  return reached === seq && last?.hash !== expected
    ? `record ${seq} is not the one that the checkpoint knows`
    : undefined;
}

const broken = (reason: string) => logEvent('audit.broken', reason, { securityFlags: ['audit_log_broken'] });

function lastFinished(file: string, numbers: readonly number[], chain: Chain) {
  const last = numbers.at(-1);
  return last === undefined ? undefined : readTail(finished(file, last), chain)?.last;
}

/** Makes the file end with a whole line. What was torn goes into a file of its own, and its hash into the record. */
function mendEnd(file: string, chain: Chain) {
  const tail = readTail(file, chain);
  if (!tail) return { size: 0, last: undefined, torn: [] };
  const { size, fragment, fragmentLink, last } = tail;
  if (fragment.length === 0) return { size, last, torn: [] };
  if (fragmentLink) {
    appendFileSync(file, '\n');
    return { size: size + 1, last: fragmentLink, torn: [] };
  }
  try {
    appendFileSync(`${file}.torn`, Buffer.concat([fragment, Buffer.from('\n')]), { mode: 0o600 });
  } catch {
    // A full disk: the hash of what was torn still tells what it was.
  }
  truncateSync(file, size - fragment.length);
  const torn = logEvent(
    'audit.torn',
    `the last ${fragment.length} bytes were no whole record; they are in ${basename(file)}.torn`,
    {
      inputSha256: hash('sha256', fragment, 'hex'),
      outputBytes: fragment.length,
    },
  );
  return { size: size - fragment.length, last, torn: [torn] };
}

/** A log under another key stays provable under that key, in a folder of its own. */
function setAside(file: string, keyId: string): string {
  const folder = `${file}.until-${new Date().toISOString().replace(/[:.]/g, '')}-${keyId}`;
  mkdirSync(folder, { mode: 0o700 });
  const files = [...finishedNumbers(file).map((number) => finished(file, number)), file, checkpointFile(file)];
  for (const each of files) {
    try {
      renameSync(each, join(folder, basename(each)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  rmSync(`${file}.cursor`, { force: true });
  return basename(folder);
}
