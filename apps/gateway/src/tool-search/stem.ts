const VOWEL = /[aeiouy]/;
/** Its singular is another word. */
const NO_PLURALS = new Set(['news']);
const DOUBLED = /([bdgmnprt])\1$/;

/**
 * What is left of an English word without its endings, so that `created`, `creating` and `creation` are one word. Not a
 * word itself, and not always right: it only has to be the same for both sides.
 */
export function stem(word: string): string {
  if (word.length < 4 || NO_PLURALS.has(word) || !/^[a-z]+$/.test(word)) return word;
  let rest = singular(word);
  for (const ending of ['ing', 'ed'] as const) {
    if (!rest.endsWith(ending) || rest.endsWith('eed')) continue;
    const before = rest.slice(0, -ending.length);
    if (before.length > 2 && VOWEL.test(before)) rest = before.replace(DOUBLED, '$1');
    break;
  }
  if (rest.length > 6 && rest.endsWith('ment')) rest = rest.slice(0, -4);
  if (rest.length > 5 && /[st]ion$/.test(rest)) rest = rest.slice(0, -3);
  if (rest.length > 3 && rest.endsWith('y')) return `${rest.slice(0, -1)}i`;
  return rest.length > 3 && rest.endsWith('e') ? rest.slice(0, -1) : rest;
}

function singular(word: string): string {
  if (word.endsWith('ies') && word.length > 4) return `${word.slice(0, -3)}y`;
  if (/(ss|x|ch|sh)es$/.test(word)) return word.slice(0, -2);
  return /[^sui]s$/.test(word) ? word.slice(0, -1) : word;
}
