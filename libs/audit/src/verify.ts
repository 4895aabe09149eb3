import { existsSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Chain } from './chain.js';
import { type Checkpoint, type FoundCheckpoint, readCheckpoint } from './checkpoint.js';
import { finished, finishedNumbers } from './log-files.js';
import { type Line, readLines } from './read-lines.js';

/** The first thing that is wrong with a log. */
export interface Fault {
  readonly file: string;
  /** From 1; undefined when the fault is not in a line. */
  readonly line?: number;
  /** Of the record, as far as it can be told. */
  readonly seq?: number;
  readonly what: string;
  /** The file ends in the middle of a record. */
  readonly torn?: true;
}

/** What became of a log that was held against its chain. */
export interface Verdict {
  readonly fault?: Fault;
  readonly records: number;
  readonly files: number;
  readonly firstSeq?: number;
  readonly lastSeq?: number;
  /** Up to here the checkpoint proves that nothing is missing; later records could be cut off without a trace. */
  readonly provenSeq?: number;
  /** What the log tells of itself: torn ends, gaps, changes of key. */
  readonly news: readonly string[];
}

/**
 * Holds every record of a log against the chain, in constant memory, also while the log is being written.
 * Finds the first record that was changed, cut, added or moved, and files or an end that are missing.
 */
export async function verify(file: string, key: Buffer): Promise<Verdict> {
  for (let tries = 0; ; tries++) {
    const before = stateOf(file);
    const verdict = await new Verifier(file, new Chain(key)).run();
    if (!verdict.fault || tries >= MOST_TRIES || !looksLikeARace(verdict.fault)) return verdict;
    if (stateOf(file) === before) return verdict;
    await sleep(PAUSE_MS);
  }
}

/** A log that was rotated, pruned or appended to under our eyes is looked at again before it is accused. */
const looksLikeARace = ({ line, torn }: Fault) => line === undefined || line === 1 || torn === true;

function stateOf(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false });
  return `${stats?.ino} ${stats?.size} ${finishedNumbers(file).join()}`;
}

const MOST_TRIES = 20;
const PAUSE_MS = 20;

const NEWS = /"event":"(audit\.\w+)".*"reason":"([^"]*)"/;

class Verifier {
  private seq: number | undefined;
  private prev: string | undefined;
  private firstSeq: number | undefined;
  private records = 0;
  private files = 0;
  private checkpoint: Checkpoint | undefined;
  private passedCheckpoint = false;
  private readonly news: string[] = [];

  constructor(
    private readonly file: string,
    private readonly chain: Chain,
  ) {}

  async run(): Promise<Verdict> {
    const fault = await this.findFault();
    const { records, files, firstSeq, news } = this;
    const lastSeq = this.seq === undefined ? undefined : this.seq - 1;
    return { fault, records, files, firstSeq, lastSeq, provenSeq: this.checkpoint?.seq, news };
  }

  private async findFault(): Promise<Fault | undefined> {
    const found = readCheckpoint(this.file, this.chain);
    if (found.kind !== 'signed') return { file: `${this.file}.checkpoint`, what: aboutCheckpoint(found) };
    this.checkpoint = found.checkpoint;
    const { first } = found.checkpoint;
    this.seq = first.seq;
    this.prev = first.prev;
    for (const { number, path } of this.paths()) {
      if (!existsSync(path)) return { file: path, what: `file ${number} of the log is missing` };
      this.files++;
      const fault = await this.findInFile(path, path === this.file).catch((error: NodeJS.ErrnoException): Fault => {
        if (error.code === 'ENOENT') return { file: path, what: `file ${number} of the log went away` };
        throw error;
      });
      if (fault) return fault;
    }
    const { seq, hash } = found.checkpoint;
    if (!this.passedCheckpoint && (seq >= this.seq || (seq === this.seq - 1 && hash !== this.prev))) {
      return {
        file: this.file,
        seq: this.seq,
        what: `the log ends before this record; the checkpoint knows up to ${seq}`,
      };
    }
    return undefined;
  }

  /** The files that have to be there: from the first that is kept to the one that is being written. */
  private paths(): { number: number; path: string }[] {
    const { first, file: current } = this.checkpoint!;
    const newest = finishedNumbers(this.file).at(-1) ?? 0;
    // Between two checkpoints the log may have been rotated once more.
    const last = Math.max(current, newest + 1);
    const paths = [];
    for (let number = first.file; number < last; number++) paths.push({ number, path: finished(this.file, number) });
    const rotatedJustNow = newest === current && !existsSync(this.file);
    return rotatedJustNow ? paths : [...paths, { number: last, path: this.file }];
  }

  private async findInFile(file: string, isLast: boolean): Promise<Fault | undefined> {
    let number = 0;
    for await (const lines of readLines(file)) {
      for (const line of lines) {
        number++;
        const what: string | undefined = line.whole ? this.faultOf(line) : this.fragment(line, isLast);
        if (what === undefined) continue;
        const fault = { file, line: number, seq: this.claimed ?? this.seq, what };
        return line.whole ? fault : { ...fault, torn: true };
      }
    }
    return undefined;
  }

  private claimed: number | undefined;

  private faultOf({ bytes }: Line): string | undefined {
    const link = this.chain.read(bytes);
    this.claimed = link?.seq;
    const expected = this.seq!;
    if (!link) return `this is no record; record ${expected} should stand here`;
    if (!link.intact) return 'the record is not what was written: its hash does not match';
    if (link.seq > expected) return `records ${expected} to ${link.seq - 1} are missing before this one`;
    if (link.seq < expected) return `record ${link.seq} stands here again, or moved; ${expected} should`;
    if (link.prev !== this.prev) return 'the record belongs to another chain: it does not follow the one before it';
    if (link.seq === this.checkpoint!.seq) {
      if (link.hash !== this.checkpoint!.hash) return 'the record is not the one that the checkpoint knows';
      this.passedCheckpoint = true;
    }
    this.firstSeq ??= link.seq;
    this.records++;
    this.seq = expected + 1;
    this.prev = link.hash;
    return this.selfReport(bytes, link.seq);
  }

  /** What the log tells of itself. A log that did not find itself as it left itself stays suspect for good. */
  private selfReport(bytes: Buffer, seq: number): string | undefined {
    if (!bytes.includes('"event":"audit.')) return undefined;
    const [, event, reason] = NEWS.exec(bytes.toString('utf8')) ?? [];
    if (event === undefined) return undefined;
    if (event === 'audit.broken') return `the gateway found the log broken when it started here: ${reason}`;
    if (this.news.length < 100) this.news.push(`record ${seq}: ${event}: ${reason}`);
    return undefined;
  }

  private fragment({ bytes }: Line, isLast: boolean): string {
    this.claimed = undefined;
    const where = isLast ? 'the log ends' : 'the file ends';
    return `${where} with ${bytes.length} bytes that are no whole record: torn by a crash, or cut`;
  }
}

function aboutCheckpoint(found: FoundCheckpoint): string {
  switch (found.kind) {
    case 'missing':
      return 'the checkpoint is missing: nobody can tell whether records are, too';
    case 'other-key':
      return 'the log was written under another key';
    case 'edited':
      return 'the checkpoint is not what was written';
    case 'signed':
      return '';
    default:
      return found satisfies never;
  }
}
