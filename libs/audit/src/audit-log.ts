import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { type AuditEvent, logEvent, RecordWriter } from './audit-record.js';
import { Chain, hashOf } from './chain.js';
import { lockLog } from './file-lock.js';
import { LogFile, type Reached } from './log-file.js';
import { type Position, recover } from './recover.js';

/** What an audit log needs to know. */
export interface AuditLogOptions {
  readonly file: string;
  readonly key: Buffer;
  readonly maxFileBytes: number;
  readonly maxFiles: number;
  /** Told once when the log cannot be written, and once (undefined) when it can again. */
  readonly onFault?: (fault: Error | undefined) => void;
  /** The oldest file that somebody still reads from; pruning spares it and later ones, up to a bound. */
  readonly keepFrom?: () => number | undefined;
  /** Told of each file that was pruned although somebody still had to read it. */
  readonly onLost?: (file: number) => void;
}

/** Longest that a record waits for others to be written with it. A `kill -9` loses at most these. */
const GROUP_MS = 10;
/** How often what was written is forced to the disk, and a checkpoint put beside it. A power cut loses at most these. */
const SYNC_MS = 1_000;
const RETRY_MS = 1_000;
/** What is held in memory while the disk does not take it. */
const MOST_WAITING_BYTES = 16 * 1024 * 1024;
const GROUP_BYTES = 512 * 1024;
/** A disk that has not taken a group for so long is gone, whatever it says. */
const STALLED_MS = 5_000;

/**
 * The audit log: takes a record in memory, at once, and writes what has gathered every few milliseconds. Never throws
 * at its caller: while the disk is full or gone it keeps what it can, counts the rest, and says so in a record of its
 * own (`audit.gap`) when it can write again.
 */
export class AuditLog {
  private readonly writer = new RecordWriter();
  private lines: string[] = [];
  private waitingBytes = 0;
  private missed = 0;
  private fault: Error | undefined;
  private busySince = 0;
  private turning: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private timerIsForGroup = false;
  private closed = false;
  private seq: number;
  private hash: string;
  /** Records that were accepted, and that were not, since the start. */
  written = 0;
  dropped = 0;

  private constructor(
    private readonly options: AuditLogOptions,
    private readonly chain: Chain,
    private readonly file: LogFile,
    private lock: Disposable | undefined,
    { seq, hash }: Position,
  ) {
    this.seq = seq;
    this.hash = hash;
  }

  /** @throws AuditLogInUse when another process writes the same log. */
  static async open(options: AuditLogOptions): Promise<AuditLog> {
    mkdirSync(dirname(options.file), { recursive: true, mode: 0o700 });
    const lock = lockLog(options.file);
    try {
      const chain = new Chain(options.key);
      const position = recover(options.file, chain);
      const log = new AuditLog(options, chain, new LogFile(options, chain, position), lock, position);
      for (const event of position.news) log.append(event);
      await log.flush();
      return log;
    } catch (error) {
      lock?.[Symbol.dispose]();
      throw error;
    }
  }

  /** Takes a record; false when there was no room for it. */
  append(event: AuditEvent): boolean {
    if (this.closed || this.waitingBytes > MOST_WAITING_BYTES) {
      this.dropped++;
      this.missed++;
      return false;
    }
    if (this.missed > 0) this.tellOfGap();
    this.take(event);
    return true;
  }

  /** Whether a record that is taken now will, as far as can be known, reach the disk. */
  get available(): boolean {
    if (this.fault !== undefined || this.closed) return false;
    return this.busySince === 0 || Date.now() - this.busySince < STALLED_MS;
  }

  /** Up to where the log is safely on disk. */
  get synced(): Reached {
    return this.file.synced;
  }

  /** The path of a file by its number, while it is there. */
  pathOf(file: number): string {
    return this.file.pathOf(file);
  }

  /** Resolves when everything taken so far is on disk, or cannot be written now. */
  async flush(): Promise<void> {
    await this.turning;
    await this.turn(true);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    if (this.missed > 0) this.tellOfGap();
    await this.flush();
    this.closed = true;
    clearTimeout(this.timer);
    await this.turning;
    await this.file.close();
    this.lock?.[Symbol.dispose]();
  }

  private take(event: AuditEvent): void {
    const record = this.writer.write(event, this.seq + 1, Date.now());
    const { line, hash } = this.chain.seal(record, this.hash);
    this.seq++;
    this.hash = hash;
    this.written++;
    this.lines.push(line);
    this.waitingBytes += line.length;
    if (!this.timerIsForGroup && this.fault === undefined) this.arm(GROUP_MS);
  }

  private tellOfGap(): void {
    const { missed } = this;
    this.missed = 0;
    this.take(logEvent('audit.gap', `${missed} records could not be written here`, { securityFlags: ['audit_gap'] }));
  }

  private arm(ms: number): void {
    if (this.closed) return;
    clearTimeout(this.timer);
    this.timerIsForGroup = ms === GROUP_MS;
    this.timer = setTimeout(() => {
      this.timerIsForGroup = false;
      void this.turn(false);
    }, ms).unref();
  }

  /** Writes what has gathered; one at a time. */
  private turn(sync: boolean): Promise<void> {
    this.turning ??= this.writeAll(sync).finally(() => {
      this.turning = undefined;
      this.busySince = 0;
      if (this.fault !== undefined) this.arm(RETRY_MS);
      else if (this.lines.length > 0) this.arm(GROUP_MS);
      else if (this.file.unsynced) this.arm(SYNC_MS);
    });
    return this.turning;
  }

  private async writeAll(sync: boolean): Promise<void> {
    this.busySince = Date.now();
    try {
      this.lock ??= lockLog(this.options.file);
      if (!this.lock) throw new Error('The disk is full');
      // What a failed turn left over goes first.
      await this.file.writeRest();
      while (this.lines.length > 0) await this.file.write(this.nextGroup());
      if (sync || this.file.syncedAt + SYNC_MS <= Date.now()) await this.file.sync();
      this.turned(undefined);
    } catch (error) {
      this.turned(error as Error);
    }
  }

  private turned(fault: Error | undefined): void {
    const changed = (fault === undefined) !== (this.fault === undefined);
    this.fault = fault;
    if (changed) this.options.onFault?.(fault);
    if (fault === undefined && this.missed > 0) this.tellOfGap();
  }

  /** As many lines as fit what is left of the file, at least one. */
  private nextGroup(): { bytes: Buffer; seq: number; hash: string } {
    const room = Math.min(GROUP_BYTES, this.file.room);
    let count = 0;
    let size = 0;
    for (const line of this.lines) {
      if (count > 0 && size + line.length > room) break;
      size += line.length;
      count++;
    }
    const all = count === this.lines.length;
    const group = all ? this.lines : this.lines.splice(0, count);
    if (all) this.lines = [];
    this.waitingBytes = all ? 0 : this.waitingBytes - size;
    const hash = hashOf(group.at(-1)!);
    return { bytes: Buffer.from(group.join('')), seq: this.seq - this.lines.length, hash };
  }
}
