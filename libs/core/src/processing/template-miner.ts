/** What stands in a template where its lines differ. */
export const WILDCARD = '<*>';

/** Lines that differ only in values share one template; its tokens turn into wildcards as more lines arrive. */
export interface Template {
  readonly tokens: readonly string[];
}

interface GrowingTemplate {
  readonly tokens: string[];
}

/** Share of equal tokens at which a line joins a template; lower, and short messages merge that differ in their one telling word. */
const SIMILARITY = 0.7;
const MAX_TOKENS = 100;
const MAX_TEMPLATES = 500;

/**
 * Groups lines by their constant parts, one line at a time: Drain (He et al., ICWS 2017), a tree of fixed depth, first
 * by the number of tokens, then by the first token, with a similarity search in its leaves. The same lines in the same
 * order always give the same templates.
 */
export class TemplateMiner {
  private readonly leaves = new Map<string, GrowingTemplate[]>();
  private readonly catchAll = new Map<number, GrowingTemplate>();
  private count = 0;

  /** Lines that fit none of `maxTemplates` templates share one per length: memory and search stay bounded. */
  constructor(private readonly maxTemplates = MAX_TEMPLATES) {}

  /** The template that the line joins. Later lines may still widen it: read its tokens after the last line. */
  add(line: string): Template {
    const tokens = line.split(' ', MAX_TOKENS);
    // A first token with a digit in it is a value, not a constant.
    const key = `${tokens.length} ${/\d/.test(tokens[0]!) ? WILDCARD : tokens[0]!}`;
    const known = closest(this.leaves.get(key) ?? [], tokens);
    if (!known) return this.count < this.maxTemplates ? this.create(key, tokens) : this.overflow(tokens.length);
    tokens.forEach((token, i) => {
      if (known.tokens[i] !== token) known.tokens[i] = WILDCARD;
    });
    return known;
  }

  private create(key: string, tokens: string[]): GrowingTemplate {
    const created = { tokens };
    const leaf = this.leaves.get(key);
    if (leaf) leaf.push(created);
    else this.leaves.set(key, [created]);
    this.count++;
    return created;
  }

  private overflow(length: number): GrowingTemplate {
    const known = this.catchAll.get(length) ?? { tokens: Array<string>(length).fill(WILDCARD) };
    this.catchAll.set(length, known);
    return known;
  }
}

/** The most similar template, the one with more wildcards among equals, if it is similar enough. */
function closest(leaf: readonly GrowingTemplate[], tokens: readonly string[]): GrowingTemplate | undefined {
  let best: GrowingTemplate | undefined;
  let bestEqual = SIMILARITY * tokens.length;
  let bestWildcards = -1;
  for (const template of leaf) {
    let equal = 0;
    let wildcards = 0;
    for (let i = 0; i < tokens.length; i++) {
      if (template.tokens[i] === tokens[i]) equal++;
      else if (template.tokens[i] === WILDCARD) wildcards++;
    }
    if (equal > bestEqual || (equal === bestEqual && wildcards > bestWildcards)) {
      [best, bestEqual, bestWildcards] = [template, equal, wildcards];
    }
  }
  return best;
}
