import { isObject, type JsonObject } from '#gateway/tools/tool.js';

/** One letter for each capability that a server can use, so that a session id stays short whatever a client declares. */
const LETTERS = {
  e: ['elicitation', 'form'],
  u: ['elicitation', 'url'],
  s: ['sampling', undefined],
  t: ['sampling', 'tools'],
  c: ['sampling', 'context'],
  r: ['roots', undefined],
} as const;

type Letter = keyof typeof LETTERS;

/** @param declared `capabilities` of `initialize`; what is not known is left out */
export function shorten(declared: unknown): string {
  if (!isObject(declared)) return '';
  let letters = '';
  for (const [letter, [name, part]] of Object.entries(LETTERS)) {
    const capability = declared[name];
    if (!isObject(capability)) continue;
    // Revisions before 2025-11-25 know forms only, and say so with an empty object.
    const implied = letter === 'e' && !isObject(capability['url']);
    if (part === undefined || isObject(capability[part]) || implied) letters += letter;
  }
  return letters;
}

/** `ClientCapabilities` again. */
export function lengthen(letters: string): JsonObject {
  const capabilities: Record<string, Record<string, object>> = {};
  for (const letter of letters) {
    const entry = LETTERS[letter as Letter];
    if (!entry) continue;
    const [name, part] = entry;
    capabilities[name] ??= {};
    if (part !== undefined) capabilities[name][part] = {};
  }
  return capabilities;
}
