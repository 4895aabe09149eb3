import { KeptBytes } from './kept-bytes.js';
import { type OutputStream, StreamFrames } from './stream-frames.js';

/** Where reading on would be work for nothing. */
const FLOOD = 64;
const NEWLINE = 10;

/** How far a program has come: still going, has told what there is to tell, told more than it may, wrote without end. */
export type OutputState = 'open' | 'told' | 'too_large' | 'flood';

/** What one of our programs writes: the line that begins with its mark is what it tells, everything else are logs. */
export class ProgramOutput {
  state: OutputState = 'open';
  /** What was told: JSON, if the program is to be believed. */
  told = '';
  private readonly frames = new StreamFrames((stream, bytes) => this.give(stream, bytes));
  private readonly logs: KeptBytes;
  private readonly mark: Buffer;
  private readonly line: Buffer[] = [];
  private lineBytes = 0;
  private total = 0;
  private inLine = false;
  /** The last bytes, which could be where the mark begins. */
  private tail: Buffer = Buffer.alloc(0);

  /** @param most bytes of the logs that are kept, and of what may be told */
  constructor(
    mark: string,
    private readonly most: number,
  ) {
    this.mark = Buffer.from(mark);
    this.logs = new KeptBytes(most);
  }

  take(piece: Buffer): OutputState {
    this.total += piece.length;
    if (this.state === 'open') this.frames.take(piece);
    if (this.state === 'open' && this.total > this.most * FLOOD) this.state = 'flood';
    return this.state;
  }

  lines(): string[] {
    this.logs.add(this.tail);
    this.tail = Buffer.alloc(0);
    return this.logs.lines();
  }

  private give(stream: OutputStream, bytes: Buffer): void {
    if (this.state !== 'open') return;
    if (stream === 'stderr') return this.logs.add(bytes);
    if (this.inLine) return this.continue(bytes);
    const all = Buffer.concat([this.tail, bytes]);
    const at = all.indexOf(this.mark);
    if (at >= 0) {
      this.logs.add(all.subarray(0, at));
      this.tail = Buffer.alloc(0);
      this.inLine = true;
      return this.continue(all.subarray(at + this.mark.length));
    }
    const cut = Math.max(0, all.length - this.mark.length + 1);
    this.logs.add(all.subarray(0, cut));
    this.tail = Buffer.from(all.subarray(cut));
  }

  private continue(bytes: Buffer): void {
    const end = bytes.indexOf(NEWLINE);
    const piece = end < 0 ? bytes : bytes.subarray(0, end);
    this.line.push(Buffer.from(piece));
    this.lineBytes += piece.length;
    // Room for what stands around a result, and for the words of an error.
    if (this.lineBytes > this.most + 16_384) this.state = 'too_large';
    else if (end >= 0) {
      this.told = Buffer.concat(this.line).toString();
      this.state = 'told';
    }
  }
}
