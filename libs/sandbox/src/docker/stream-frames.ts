const HEADER_BYTES = 8;

export type OutputStream = 'stdout' | 'stderr';

/** Takes a container's output apart, which the engine sends as `[stream, 0, 0, 0, length × 4, bytes]`, in pieces of any size. */
export class StreamFrames {
  private header = Buffer.alloc(0);
  private stream: OutputStream = 'stdout';
  private left = 0;

  constructor(private readonly give: (stream: OutputStream, bytes: Buffer) => void) {}

  take(piece: Buffer): void {
    let rest = piece;
    while (rest.length > 0) {
      if (this.left === 0) {
        const wanted = HEADER_BYTES - this.header.length;
        this.header = Buffer.concat([this.header, rest.subarray(0, wanted)]);
        rest = rest.subarray(wanted);
        if (this.header.length < HEADER_BYTES) return;
        this.stream = this.header[0] === 2 ? 'stderr' : 'stdout';
        this.left = this.header.readUInt32BE(4);
        this.header = Buffer.alloc(0);
        continue;
      }
      const bytes = rest.subarray(0, this.left);
      this.left -= bytes.length;
      rest = rest.subarray(bytes.length);
      this.give(this.stream, bytes);
    }
  }
}
