const NEWLINE = 0x0a;
const NOTHING = Buffer.alloc(0);

/** Cuts a stream into lines. A line that is too long is told of once, and nothing of it or after it is. */
export class LineReader {
  private parts: Buffer[] = [];
  private size = 0;
  private isOver = false;

  /** @param most bytes of a line */
  constructor(
    private readonly most: number,
    private readonly onLine: (line: Buffer) => void,
    private readonly onTooLong: () => void,
  ) {}

  take(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1 && !this.isOver; end = chunk.indexOf(NEWLINE, start)) {
      this.keep(chunk.subarray(start, end));
      start = end + 1;
      if (!this.isOver) this.onLine(this.whole());
    }
    if (!this.isOver && start < chunk.length) this.keep(chunk.subarray(start));
  }

  private keep(part: Buffer): void {
    this.size += part.length;
    if (this.size > this.most) {
      this.isOver = true;
      this.parts = [];
      this.onTooLong();
    } else this.parts.push(part);
  }

  private whole(): Buffer {
    const { parts, size } = this;
    this.parts = [];
    this.size = 0;
    return parts.length === 1 ? parts[0]! : parts.length === 0 ? NOTHING : Buffer.concat(parts, size);
  }
}
