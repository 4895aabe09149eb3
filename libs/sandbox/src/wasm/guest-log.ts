export const MOST_LINES = 1_000;
const CUT = '… more was logged than is kept';

/** What code writes with `console`: as many lines as are kept, and no more. */
export class GuestLog {
  readonly lines: string[] = [];
  private room: number;
  private isFull = false;

  /** @param bytes of UTF-8, of all lines */
  constructor(bytes: number) {
    this.room = bytes;
  }

  add(line: string): void {
    if (this.isFull) return;
    const bytes = Buffer.byteLength(line) + 1;
    if (bytes <= this.room && this.lines.length < MOST_LINES) {
      this.room -= bytes;
      this.lines.push(line);
      return;
    }
    this.isFull = true;
    if (this.lines.length < MOST_LINES) this.lines.push(Buffer.from(line).subarray(0, this.room).toString());
    this.lines.push(CUT);
  }
}
