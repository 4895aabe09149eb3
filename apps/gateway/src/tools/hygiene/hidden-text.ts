import { cleanText, isSuspicious } from '#gateway/tools/stages/clean-text.js';
import { isObject } from '#gateway/tools/tool.js';
import { pointer } from './json.js';

/** Selectors after what has no variants: four bits of something else after each letter. */
const STRAY_SELECTOR = /(?:^|[A-Za-z\s])[\ufe00-\ufe0f]/;
/** Blanks that are no white space, and marks of music without a width. */
const ODD_BLANKS = /\u2800|\u17b4|\u17b5|[\u{1d173}-\u{1d17a}]/u;
/** What stands behind so much nothing is not seen by who reads the beginning. */
const FAR_AWAY = /[\s\u00a0\u3000]{200}/;
/** Looked for in JSON: nothing of the above is in a text where this is not. */
const ODD = /[\ufe00-\ufe0f]|\u2800|\u17b4|\u17b5|\ud834|(?:\\[ntr]|\s){200}/;

/** What a text holds that its reader does not see; undefined when nothing. */
function hiddenIn(text: string): string | undefined {
  const clean = cleanText(text);
  if (clean !== text) return `hidden ${codePoint(text, clean)}`;
  const odd = STRAY_SELECTOR.exec(text) ?? ODD_BLANKS.exec(text);
  if (odd) return `hidden ${hex(odd[0].codePointAt(odd[0].length > 1 ? odd[0].length - 1 : 0)!)}`;
  return FAR_AWAY.test(text) ? 'text behind 200 blanks' : undefined;
}

/** @returns what is hidden, and where: in any text, names of members included; undefined when nothing is */
export function findHidden(value: unknown, json: string): string | undefined {
  return isSuspicious(json) || ODD.test(json) ? search(value, '') : undefined;
}

function search(value: unknown, path: string): string | undefined {
  if (typeof value === 'string') {
    const hidden = hiddenIn(value);
    return hidden === undefined ? undefined : `${hidden} in ${shown(path)}`;
  }
  if (Array.isArray(value)) return first(value, (item, i) => search(item, pointer(path, i)));
  if (!isObject(value)) return undefined;
  return first(Object.entries(value), ([name, member]) => {
    const hidden = hiddenIn(name);
    return hidden === undefined ? search(member, pointer(path, name)) : `${hidden} in a name of ${shown(path)}`;
  });
}

function first<T>(items: readonly T[], find: (item: T, i: number) => string | undefined): string | undefined {
  for (const [i, item] of items.entries()) {
    const found = find(item, i);
    if (found !== undefined) return found;
  }
  return undefined;
}

const shown = (path: string): string => (path === '' ? 'it' : cleanText(path).slice(0, 120));

/** The first character that a reader does not get. */
function codePoint(text: string, clean: string): string {
  let at = 0;
  while (text[at] === clean[at]) at++;
  // The second half of a pair says nothing by itself.
  if (/[\udc00-\udfff]/.test(text[at] ?? '') && /[\ud800-\udbff]/.test(text[at - 1] ?? '')) at--;
  return hex(text.codePointAt(at)!);
}

const hex = (code: number): string => `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
