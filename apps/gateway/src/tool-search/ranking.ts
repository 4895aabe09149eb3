import type MiniSearch from 'minisearch';
import type { Options, SearchOptions } from 'minisearch';
import { synonymsOf } from './synonyms.js';
import { termsOf } from './terms.js';
import type { ToolDocument } from './tool-document.js';

/**
 * How much a word counts, by where it stands. Found on one half of `test/fixtures/tool-search/queries.json`, and held
 * against the other half.
 */
const BOOST = { name: 5, title: 2.5, lead: 2.8, description: 1.5, arguments: 1, notes: 0.5, upstream: 2 } as const;

/** What a word's synonym, a longer word that begins with it, and one that is spelt a little otherwise count. */
const WEIGHTS = { synonym: 0.35, prefix: 0.3, fuzzy: 0.3 } as const;

/** Lengths from which beginnings and misspellings are looked for: in shorter words they say nothing. */
const LEAST_LENGTH = { prefix: 4, fuzzy: 5 } as const;

/** Words of a query; further ones are not looked at. */
const MOST_WORDS = 24;

export const INDEX_OPTIONS: Options<ToolDocument> = {
  fields: Object.keys(BOOST),
  tokenize: termsOf,
  processTerm: (term) => term,
};

const SEARCH: SearchOptions = {
  boost: BOOST,
  bm25: { k: 1.2, b: 0.6, d: 0.4 },
  weights: { prefix: WEIGHTS.prefix, fuzzy: WEIGHTS.fuzzy },
  prefix: (term) => term.length >= LEAST_LENGTH.prefix,
  fuzzy: (term) => (term.length >= LEAST_LENGTH.fuzzy ? 0.2 : false),
};

export const TUNING = { BOOST, WEIGHTS, SEARCH, coverage: 1.5, named: 1.5 } as Record<string, any>;
/** Documents that fit the query, best first: BM25 over all words, times the part of the words that were found. */
export function rank(
  engine: MiniSearch<ToolDocument>,
  query: string,
  keep: (id: number) => boolean,
): readonly number[] {
  const words = [...new Set(termsOf(query))].slice(0, MOST_WORDS);
  const own = new Set(words);
  /** Term → the words that it stands for. */
  const meant = new Map<string, Set<number>>();
  words.forEach((word, index) => {
    for (const term of [word, ...synonymsOf(word)]) meant.set(term, (meant.get(term) ?? new Set()).add(index));
  });
  const found = engine.search([...meant.keys()].join(' '), {
    ...SEARCH,
    tokenize: (text) => text.split(' '),
    prefix: (term) => own.has(term) && term.length >= LEAST_LENGTH.prefix,
    fuzzy: (term) => (own.has(term) && term.length >= LEAST_LENGTH.fuzzy ? 0.2 : false),
    boostTerm: (term) => (own.has(term) ? 1 : WEIGHTS.synonym),
    filter: ({ id }) => keep(id as number),
  });
  return found
    .map(({ id, score, queryTerms, match }) => {
      const covered = new Set(queryTerms.flatMap((term) => [...meant.get(term)!]));
      const named = queryTerms.some((term) => own.has(term) && match[term]?.includes('upstream'));
      // The engine multiplies by the number of terms, of which synonyms would be many.
      const part = covered.size / words.length;
      return { id: id as number, score: (score / (queryTerms.length || 1)) * part ** TUNING.coverage * (named ? TUNING.named : 1) };
    })
    .sort((a, b) => b.score - a.score)
    .map(({ id }) => id);
}
