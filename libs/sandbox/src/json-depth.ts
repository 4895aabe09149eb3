const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** @param text JSON @returns whether it is nested more than `deepest` levels; read without a stack, whatever the depth is */
export function isDeeperThan(text: string, deepest: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    // `[` and `{` are 0x5b and 0x7b, `]` and `}` 0x5d and 0x7d.
    else if ((code & 0xdf) === 0x5b) {
      if (++depth > deepest) return true;
    } else if ((code & 0xdf) === 0x5d) depth--;
  }
  return false;
}

/** @returns where the quote is that ends the string which begins at `start` */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at++;
  }
  return text.length;
}
