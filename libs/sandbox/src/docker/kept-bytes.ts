/** The first bytes of something that may be long. */
export class KeptBytes {
  private readonly pieces: Buffer[] = [];
  private length = 0;
  truncated = false;

  constructor(private readonly most: number) {}

  add(bytes: Buffer): void {
    const room = this.most - this.length;
    if (bytes.length > room) this.truncated = true;
    if (room <= 0 || bytes.length === 0) return;
    // A copy: what comes from a socket is part of something larger.
    const kept = Buffer.from(bytes.subarray(0, room));
    this.pieces.push(kept);
    this.length += kept.length;
  }

  /** Without a character that was cut in two. */
  get text(): string {
    return new TextDecoder().decode(Buffer.concat(this.pieces), { stream: this.truncated });
  }

  /** Lines; the last says it when there were more. */
  lines(): string[] {
    const lines = this.text.split('\n');
    if (lines.at(-1) === '') lines.pop();
    return this.truncated ? [...lines, `[cut: only the first ${this.most} bytes are kept]`] : lines;
  }
}
