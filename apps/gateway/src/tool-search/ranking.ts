import type MiniSearch from 'minisearch';
import type { Options, SearchOptions } from 'minisearch';
import { synonymsOf } from './synonyms.js';
import { termsOf } from './terms.js';
import type { ToolDocument } from './tool-document.js';

/**
 * How much a word counts, by where it stands. All figures of this file were found on the tuning half of
 * `test/fixtures/tool-search/queries.json`; the other half was written when they stood fast.
 */
const BOOST = { name: 5, title: 2.5, lead: 2.8, description: 1.5, arguments: 1, notes: 0.5, upstream: 2 } as const;

/** A synonym of a word, by the word itself. */
const SYNONYM = 0.35;
/** A tool of a server that the query names, by any other. */
const NAMED = 1.5;
/** How heavily it weighs that a tool has only a part of the words. */
const COVERAGE = 1.5;

/** Lengths from which longer words and misspellings are looked for: of shorter words too much is like them. */
const LEAST_PREFIX = 4;
const LEAST_FUZZY = 5;

/** Words of a query; further ones are not looked at. */
const MOST_WORDS = 16;

export const INDEX_OPTIONS: Options<ToolDocument> = {
  fields: Object.keys(BOOST),
  tokenize: termsOf,
  processTerm: (term) => term,
};

const SEARCH: SearchOptions = {
  boost: BOOST,
  bm25: { k: 1.2, b: 0.6, d: 0.4 },
  weights: { prefix: 0.3, fuzzy: 0.3 },
  tokenize: (terms) => terms.split(' '),
};

/** A document, as far as it fits. */
interface Fit {
  score: number;
  covered: number;
  named: boolean;
}

/**
 * Documents that fit the query, best first: BM25 over the words and their synonyms, and how many of the words there are.
 * @param rest is waited for between words, so that a long search lets others have their turn
 */
export async function rank(
  engine: MiniSearch<ToolDocument>,
  query: string,
  rest: () => Promise<void> | undefined,
): Promise<readonly number[]> {
  const words = [...new Set(termsOf(query))].slice(0, MOST_WORDS);
  const fits = new Map<number, Fit>();
  // A word that two words of the query mean counts once, with the first of them.
  const used = new Set(words);
  for (const word of words) {
    const synonyms = [...synonymsOf(word)].filter((synonym) => !used.has(synonym));
    for (const synonym of synonyms) used.add(synonym);
    look(engine, word, synonyms, fits);
    await rest();
  }
  const scoreOf = ({ score, covered, named }: Fit) =>
    score * (covered / words.length) ** COVERAGE * (named ? NAMED : 1);
  const scored = Array.from(fits, ([id, fit]) => ({ id, score: scoreOf(fit) }));
  return scored.sort((a, b) => b.score - a.score || a.id - b.id).map(({ id }) => id);
}

function look(
  engine: MiniSearch<ToolDocument>,
  word: string,
  synonyms: readonly string[],
  fits: Map<number, Fit>,
): void {
  const found = engine.search([word, ...synonyms].join(' '), {
    ...SEARCH,
    prefix: (term) => term === word && term.length >= LEAST_PREFIX,
    fuzzy: (term) => term === word && term.length >= LEAST_FUZZY && 0.2,
    boostTerm: (term) => (term === word ? 1 : SYNONYM),
  });
  for (const { id, score, queryTerms, match } of found) {
    let fit = fits.get(id as number);
    if (!fit) fits.set(id as number, (fit = { score: 0, covered: 0, named: false }));
    // The engine multiplies by the number of terms, of which a word with many synonyms has many.
    fit.score += score / (queryTerms.length || 1);
    fit.covered++;
    fit.named ||= match[word]?.includes('upstream') === true;
  }
}
