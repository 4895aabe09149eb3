/** Fewer pairs of letters in common than this part of them is no likeness. */
const LEAST_LIKENESS = 0.3;

/** Names that are written about as this one, the likest first. */
export function nearestNames(name: string, names: Iterable<string>, limit: number): string[] {
  const wanted = pairsOf(name.slice(0, 128));
  const likes: { name: string; likeness: number }[] = [];
  for (const candidate of names) {
    const pairs = pairsOf(candidate);
    let shared = 0;
    for (const pair of pairs) if (wanted.has(pair)) shared++;
    const likeness = (2 * shared) / (wanted.size + pairs.size || 1);
    if (likeness >= LEAST_LIKENESS) likes.push({ name: candidate, likeness });
  }
  likes.sort((a, b) => b.likeness - a.likeness || (a.name < b.name ? -1 : 1));
  return likes.slice(0, limit).map((like) => like.name);
}

/** Of letters that stand beside each other, whatever is between words. */
function pairsOf(name: string): ReadonlySet<string> {
  const letters = name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  return new Set(Array.from({ length: Math.max(0, letters.length - 1) }, (_, at) => letters.slice(at, at + 2)));
}
