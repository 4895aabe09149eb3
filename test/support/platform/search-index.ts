import type { Collection, Passage } from './corpus.js';

export interface Found extends Passage {
  readonly score: number;
}

export interface Wanted {
  readonly query: string;
  readonly collection: Collection | 'all';
  readonly topK: number;
  readonly weights: { readonly semantic: number; readonly keyword: number };
  readonly threshold: number;
}

type Vector = ReadonlyMap<string, number>;

const words = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** Letter groups: words of one stem share most of theirs, so `authenticating` is close to `authentication`. */
const grams = (text: string): string[] =>
  words(text).flatMap((word) => {
    const padded = `^${word}$`;
    return Array.from({ length: Math.max(1, padded.length - 3) }, (_, i) => padded.slice(i, i + 4));
  });

function counts(terms: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const term of terms) found.set(term, (found.get(term) ?? 0) + 1);
  return found;
}

const K1 = 1.2;
const B = 0.75;

/** BM25 over words, and cosines of TF-IDF vectors over letter groups for what is near in meaning. */
export class SearchIndex {
  private readonly wordCounts: readonly Vector[];
  private readonly vectors: readonly Vector[];
  private readonly rarity: (kind: 'word' | 'gram', term: string) => number;
  private readonly averageLength: number;

  constructor(private readonly passages: readonly Passage[]) {
    const texts = passages.map(({ title, text }) => `${title} ${text}`);
    this.wordCounts = texts.map((text) => counts(words(text)));
    const gramCounts = texts.map((text) => counts(grams(text)));
    const among = { word: holders(this.wordCounts), gram: holders(gramCounts) };
    this.rarity = (kind, term) => Math.log(1 + passages.length / (1 + (among[kind].get(term) ?? 0)));
    this.averageLength = texts.reduce((sum, text) => sum + words(text).length, 0) / texts.length;
    this.vectors = gramCounts.map((count) => this.vector(count));
  }

  search({ query, collection, topK, weights, threshold }: Wanted): { results: Found[]; total: number } {
    const vector = this.vector(counts(grams(query)));
    const terms = [...new Set(words(query))];
    const best = terms.reduce((sum, term) => sum + this.rarity('word', term) * (K1 + 1), 0) || 1;
    const whole = weights.semantic + weights.keyword || 1;
    const found = this.passages
      .map((passage, i) => {
        const keyword = this.bm25(terms, i) / best;
        const score = (weights.semantic * likeness(vector, this.vectors[i]!) + weights.keyword * keyword) / whole;
        return { ...passage, score: Math.round(score * 10_000) / 10_000 };
      })
      .filter((passage) => collection === 'all' || passage.collection === collection)
      .filter(({ score }) => score > 0 && score >= threshold)
      .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
    return { results: found.slice(0, topK), total: found.length };
  }

  private bm25(terms: readonly string[], i: number): number {
    const count = this.wordCounts[i]!;
    const length = [...count.values()].reduce((sum, n) => sum + n, 0);
    return terms.reduce((sum, term) => {
      const n = count.get(term) ?? 0;
      return sum + (this.rarity('word', term) * n * (K1 + 1)) / (n + K1 * (1 - B + (B * length) / this.averageLength));
    }, 0);
  }

  private vector(count: Vector): Vector {
    return new Map([...count].map(([term, n]) => [term, (1 + Math.log(n)) * this.rarity('gram', term)]));
  }
}

function holders(all: readonly Vector[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const count of all) for (const term of count.keys()) found.set(term, (found.get(term) ?? 0) + 1);
  return found;
}

/** The root of the cosine: spread over the scale as scores of embeddings are, where half is a fair likeness. */
function likeness(a: Vector, b: Vector): number {
  let dot = 0;
  for (const [term, weight] of a) dot += weight * (b.get(term) ?? 0);
  const length = (vector: Vector) => Math.sqrt([...vector.values()].reduce((sum, weight) => sum + weight ** 2, 0));
  return dot === 0 ? 0 : Math.sqrt(dot / (length(a) * length(b)));
}
