import { rename, rm, stat, open, type FileHandle } from 'node:fs/promises';
import type { AuditLogOptions } from './audit-log.js';
import type { Chain } from './chain.js';
import { type Checkpoint, writeCheckpoint } from './checkpoint.js';
import { finished, finishedNumbers } from './log-files.js';
import { readHead } from './log-tail.js';
import type { Position } from './recover.js';

/** A place in the log: this much of this file, which ends with this record. */
export interface Reached {
  readonly chain: string;
  readonly first: Checkpoint['first'];
  readonly file: number;
  readonly offset: number;
  readonly seq: number;
}

interface Group {
  readonly bytes: Buffer;
  readonly seq: number;
  readonly hash: string;
}

/** Files that are kept for a reader who is behind: so many times AUDIT_MAX_FILES, then the disk comes first. */
const PATIENCE = 5;

/** The files of the log as they are written: appended to, rotated by size, forced to disk with a checkpoint. */
export class LogFile {
  private handle: FileHandle | undefined;
  private rest: { group: Group; done: number } | undefined;
  private number: number;
  private size: number;
  private seq: number;
  private hash: string;
  private first: Checkpoint['first'];
  private rotating = false;
  synced: Reached;
  syncedAt = 0;
  unsynced = true;

  constructor(
    private readonly options: AuditLogOptions,
    private readonly chain: Chain,
    private readonly position: Position,
  ) {
    ({ file: this.number, size: this.size, seq: this.seq, hash: this.hash, first: this.first } = position);
    this.synced = this.reached();
  }

  /** Bytes that still fit; a new file has room for all. */
  get room(): number {
    const left = this.options.maxFileBytes - this.size;
    return left > 0 ? left : this.options.maxFileBytes;
  }

  pathOf(number: number): string {
    return number === this.number ? this.options.file : finished(this.options.file, number);
  }

  async write(group: Group): Promise<void> {
    this.rest = { group, done: 0 };
    await this.writeRest();
  }

  /** Writes what is left of a group. A disk that took a part of it goes on with the other part. */
  async writeRest(): Promise<void> {
    const { rest } = this;
    if (!rest) return;
    const { group } = rest;
    if (
      this.rotating ||
      (rest.done === 0 && this.size > 0 && this.size + group.bytes.length > this.options.maxFileBytes)
    ) {
      await this.rotate();
    }
    const handle = await this.opened();
    this.unsynced = true;
    while (rest.done < group.bytes.length) {
      const { bytesWritten } = await handle.write(group.bytes, rest.done);
      rest.done += bytesWritten;
      this.size += bytesWritten;
    }
    ({ seq: this.seq, hash: this.hash } = group);
    this.rest = undefined;
  }

  /** Forces everything to the disk, then says so in the checkpoint: the checkpoint never knows more than the disk. */
  async sync(): Promise<void> {
    await this.noticeLoss();
    if (this.unsynced) await (await this.opened()).datasync();
    const now = Date.now();
    const { chain, file, offset, seq } = this.reached();
    const { first, hash } = this;
    const ts = new Date(now).toISOString();
    if (this.unsynced) {
      await writeCheckpoint(this.options.file, this.chain, {
        chain,
        keyId: this.chain.keyId,
        first,
        file,
        offset,
        seq,
        hash,
        ts,
      });
    }
    this.syncedAt = now;
    this.unsynced = false;
    this.synced = { chain, first, file, offset, seq };
  }

  async close(): Promise<void> {
    await this.handle?.close();
    this.handle = undefined;
  }

  private reached(): Reached {
    const { chain } = this.position;
    return { chain, first: this.first, file: this.number, offset: this.size, seq: this.seq };
  }

  private async opened(): Promise<FileHandle> {
    this.handle ??= await open(this.options.file, 'a', 0o600);
    return this.handle;
  }

  /** Somebody moved the file away under us: what follows must not go where nobody will find it. */
  private async noticeLoss(): Promise<void> {
    if (!this.handle) return;
    const [ours, there] = await Promise.all([this.handle.stat(), stat(this.options.file).catch(() => undefined)]);
    if (there?.ino === ours.ino && there.dev === ours.dev) return;
    await this.close();
    this.number++;
    this.size = there?.size ?? 0;
    this.unsynced = true;
  }

  /** Finishes the file and begins the next. Can be called again after it failed half-way. */
  private async rotate(): Promise<void> {
    const { file } = this.options;
    if (!this.rotating) {
      if (this.handle) await this.handle.datasync();
      await this.close();
      await rename(file, finished(file, this.number));
      this.number++;
      this.size = 0;
      this.rotating = true;
    }
    await this.opened();
    this.rotating = false;
    this.unsynced = true;
    await this.prune();
    await this.sync();
  }

  private async prune(): Promise<void> {
    const { file, maxFiles, keepFrom, onLost } = this.options;
    const numbers = finishedNumbers(file);
    const wanted = keepFrom?.() ?? Infinity;
    const extra = numbers.slice(0, Math.max(0, numbers.length + 1 - maxFiles));
    const hopeless = numbers.slice(0, Math.max(0, numbers.length + 1 - maxFiles * PATIENCE));
    const doomed = extra.filter((number) => number < wanted || hopeless.includes(number));
    if (doomed.length === 0) return;
    const oldest = doomed.at(-1)! + 1;
    const head = readHead(this.pathOf(oldest), this.chain);
    this.first = { file: oldest, seq: head?.seq ?? this.seq + 1, prev: head?.prev ?? this.hash };
    // The checkpoint first: a crash in between leaves a file too many, never one too few.
    await this.sync();
    for (const number of doomed) {
      if (number >= wanted) onLost?.(number);
      await rm(finished(file, number), { force: true });
    }
  }
}
