import { stem } from './stem.js';

/** Words that say nothing about a tool, on either side. */
const STOP_WORDS = new Set(
  `a an and any are as at be been but by can could do does for from had has have how i if in into is it its just may me
  my need of on or our please should so some such tell than that the their them then there these they this those tool
  tools to us use used using want was we were what when where which who will with would you your
  somebody someone something given same own certain particular about there here much like want`.split(/\s+/),
);

/** Further ones are not looked at. */
const MOST_CHARACTERS = 8_192;

/**
 * The words of a text or a name, as they are compared: `getUserById`, `get_user-by.id` and `get user by id` are the same.
 * A word in two cases is there as a whole, too: `GitHub` is `github`.
 */
export function termsOf(text: string): string[] {
  const words = text.slice(0, MOST_CHARACTERS).match(/[\p{L}\p{N}]+/gu) ?? [];
  const terms: string[] = [];
  for (const word of words) {
    const whole = word.toLowerCase();
    const parts = whole === word ? [whole] : partsOf(word);
    if (parts.length > 1) parts.push(whole);
    for (const part of parts) if (!STOP_WORDS.has(part)) terms.push(stem(part));
  }
  return terms;
}

const partsOf = (word: string): string[] =>
  word
    .replace(/(\p{Ll}|\d)(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .toLowerCase()
    .split(' ');
