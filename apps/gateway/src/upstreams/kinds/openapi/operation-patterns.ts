/** Which operations are wanted: by `operationId`, or as `GET /path`; `*` stands for anything. All without patterns. */
export function isWanted(patterns: readonly string[] | undefined, id: unknown, methodAndPath: string): boolean {
  if (!patterns) return true;
  return patterns.some((pattern) => (typeof id === 'string' && fits(pattern, id)) || fits(pattern, methodAndPath));
}

/** Each piece is looked for after the one before it: no pattern takes longer than the text is. */
function fits(pattern: string, text: string): boolean {
  const pieces = pattern.split('*');
  const [first, last] = [pieces[0]!, pieces.at(-1)!];
  if (pieces.length === 1) return pattern === text;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return at <= text.length - last.length;
}
