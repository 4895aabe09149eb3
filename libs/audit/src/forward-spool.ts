import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { AuditLog } from './audit-log.js';
import { replaceFile } from './replace-file.js';

/** Whole records, as they stand in the log. */
export interface Batch {
  /** The same for the same records, whenever they are sent. */
  readonly id: string;
  readonly bytes: Buffer;
  readonly firstSeq: number;
  readonly lastSeq: number;
}

/** How far the receiver is, and which bytes it is being sent. */
interface Cursor {
  readonly chain: string;
  readonly file: number;
  readonly offset: number;
  /** The last record that was accepted. */
  readonly seq: number;
  /** Where the batch under way ends. */
  readonly until?: number;
}

const MOST_BYTES = 512 * 1024;
const NEWLINE = 0x0a;
const SEQ = /"seq":(\d+),/;

/** The log as a queue: its files hold the records, a cursor beside them knows which are gone. */
export class ForwardSpool {
  private cursor: Cursor;
  private readonly cursorFile: string;

  constructor(
    private readonly log: AuditLog,
    file: string,
  ) {
    this.cursorFile = `${file}.cursor`;
    this.cursor = this.load();
  }

  get depth(): number {
    return Math.max(0, this.log.synced.seq - this.cursor.seq);
  }

  get keepFrom(): number {
    return this.cursor.file;
  }

  /** The records to send now; the same ones until they are accepted. */
  async next(): Promise<Batch | undefined> {
    for (;;) {
      const { synced } = this.log;
      const { cursor } = this;
      // Only what is safely on disk: a record that a power cut takes back must not have been told to anybody.
      const end = cursor.file === synced.file ? synced.offset : Infinity;
      const bytes = await this.read(cursor, end);
      if (bytes === undefined) return undefined;
      if (bytes.length > 0) return this.batch(bytes);
      if (cursor.file >= synced.file) return undefined;
      await this.save({ chain: cursor.chain, file: cursor.file + 1, offset: 0, seq: cursor.seq });
    }
  }

  async accepted({ bytes, lastSeq }: Batch): Promise<void> {
    const { chain, file, offset } = this.cursor;
    await this.save({ chain, file, offset: offset + bytes.length, seq: lastSeq });
  }

  /** Makes the batch smaller; false when it is one record already. */
  async halve({ bytes }: Batch): Promise<boolean> {
    const end = bytes.indexOf(NEWLINE, bytes.length >> 1) + 1;
    const shorter = end > 0 && end < bytes.length ? end : bytes.indexOf(NEWLINE) + 1;
    if (shorter >= bytes.length) return false;
    await this.save({ ...this.cursor, until: this.cursor.offset + shorter });
    return true;
  }

  private async batch(bytes: Buffer): Promise<Batch> {
    const until = this.cursor.offset + bytes.length;
    if (this.cursor.until !== until) await this.save({ ...this.cursor, until });
    const firstSeq = seqOf(bytes, 0);
    const lastSeq = seqOf(bytes, bytes.lastIndexOf(NEWLINE, bytes.length - 2) + 1);
    return { id: `${this.cursor.chain}:${firstSeq}-${lastSeq}`, bytes, firstSeq, lastSeq };
  }

  /** Whole lines from the cursor on; undefined when the file cannot be had just now. */
  private async read({ file, offset, until }: Cursor, end: number): Promise<Buffer | undefined> {
    const handle = await open(this.log.pathOf(file), 'r').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (!handle) return this.skipMissing(file);
    try {
      const length = Math.max(0, Math.min(until === undefined ? MOST_BYTES : until - offset, end - offset));
      const bytes = Buffer.alloc(length);
      const { bytesRead } = await handle.read(bytes, 0, length, offset);
      // The file was finished, and another has its name, between asking for its path and opening it.
      if (this.log.synced.file !== file && this.log.pathOf(file) === this.cursorFile.slice(0, -'.cursor'.length)) {
        return undefined;
      }
      return bytes.subarray(0, bytes.subarray(0, bytesRead).lastIndexOf(NEWLINE) + 1);
    } finally {
      await handle.close();
    }
  }

  /** A file that was pruned, or taken away, is gone; the receiver sees the gap in the numbers. */
  private async skipMissing(file: number): Promise<Buffer | undefined> {
    const { first, file: current } = this.log.synced;
    if (file >= current) return undefined;
    const next = Math.max(file + 1, first.file);
    await this.save({ chain: this.cursor.chain, file: next, offset: 0, seq: this.cursor.seq });
    return undefined;
  }

  private load(): Cursor {
    const { chain, first } = this.log.synced;
    try {
      const cursor = JSON.parse(readFileSync(this.cursorFile, 'utf8')) as Cursor;
      if (cursor.chain === chain) return cursor;
    } catch {
      // None yet, or none that can be read: from the beginning, with the same batches' numbers as far as can be.
    }
    return { chain, file: first.file, offset: 0, seq: first.seq - 1 };
  }

  private async save(cursor: Cursor): Promise<void> {
    await replaceFile(this.cursorFile, JSON.stringify(cursor));
    this.cursor = cursor;
  }
}

const seqOf = (bytes: Buffer, at: number): number => Number(SEQ.exec(bytes.toString('latin1', at, at + 64))?.[1]);
