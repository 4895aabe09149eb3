/** A piece of a text: characters `from` up to `to`, which is where the next one begins. */
export interface Slice {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** The piece that begins at `from`, no longer than `length` and than so many bytes; no character is halved. */
export function sliceOf(text: string, from: number, length: number, maxBytes: number): Slice {
  const start = from > 0 && isLow(text, from) ? from - 1 : Math.min(from, text.length);
  let end = Math.min(text.length, start + length, start + maxBytes);
  for (;;) {
    if (end < text.length && isLow(text, end) && end > start + 1) end--;
    const bytes = jsonBytes(text.slice(start, end));
    if (bytes <= maxBytes || end <= start + 1) return { text: text.slice(start, end), from: start, to: end };
    end = Math.max(start + 1, start + Math.floor(((end - start) * maxBytes) / bytes));
  }
}

/** Where lines begin and end: `from` and `to` are counted from one, both are wanted. Undefined past the end. */
export function lineSpan(text: string, from: number, to: number): { start: number; end: number } | undefined {
  let start = 0;
  for (let line = 1; line < from; line++) {
    const at = text.indexOf('\n', start);
    if (at === -1) return undefined;
    start = at + 1;
  }
  let end = start;
  for (let line = from; line <= to; line++) {
    const at = text.indexOf('\n', end);
    if (at === -1) return { start, end: text.length };
    end = at + 1;
  }
  return { start, end };
}

const jsonBytes = (text: string) => Buffer.byteLength(JSON.stringify(text));

const isLow = (text: string, at: number) => (text.charCodeAt(at) & 0xfc00) === 0xdc00;
