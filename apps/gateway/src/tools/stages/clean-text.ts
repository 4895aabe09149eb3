/**
 * What a reader does not see and a model reads: control characters, ANSI escapes, direction overrides, zero-width and
 * tag characters. Looked for in JSON, where control characters and lone surrogates stand as escapes; it may find what is
 * none (`\\b` is also a backslash before a b), and misses nothing.
 */
const SUSPICIOUS =
  /\\[ubf]|[\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\udb40-\udb43]|[\ufe00-\ufe0f]{2}/;

/** CSI sequences, then strings (titles, links) with their end, then every other escape. */
// oxlint-disable-next-line no-control-regex -- escapes are looked for
const ANSI = /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)|\x1b[ -/]*[0-~]?/g;

/** Everything with no width of its own but tab, line feed, return and the two joiners. */
const INVISIBLE =
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  /[\0-\x08\v\f\x0e-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e00ff}\u{e01f0}-\u{e0fff}]/gu;

const JOINERS = /[\u200c\u200d]+/g;
/** A second selector selects nothing; the later ones are for Han only. */
const SELECTORS = /(?<=[\ufe00-\ufe0f\u{e0100}-\u{e01ef}])[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]+/gu;
const STRAY_SELECTORS = /(?<!\p{Script=Han})[\u{e0100}-\u{e01ef}]/gu;

/** False when no string in this JSON needs cleaning. */
export const isSuspicious = (json: string): boolean => SUSPICIOUS.test(json);

/** The text without what cannot be seen. Joiners stay where scripts and emoji need them. */
export function cleanText(text: string): string {
  return text
    .toWellFormed()
    .replace(ANSI, '')
    .replace(INVISIBLE, '')
    .replace(JOINERS, keptJoiner)
    .replace(SELECTORS, '')
    .replace(STRAY_SELECTORS, '');
}

/** One is kept between two characters that may be joined: of emoji, Arabic, Indic and other scripts, not of Latin. */
function keptJoiner(run: string, at: number, text: string): string {
  return joins(text.charCodeAt(at - 1)) && joins(text.charCodeAt(at + run.length)) ? run[0]! : '';
}

const joins = (unit: number): boolean => unit >= 0x250 && (unit < 0x2000 || unit > 0x206f);

/** Every string in the value cleaned, names of members too; the value itself when all of them were clean. */
export function cleanValue(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (typeof value !== 'object' || value === null) return value;
  return Array.isArray(value) ? cleanItems(value) : cleanMembers(value as Record<string, unknown>);
}

function cleanItems(items: readonly unknown[]): readonly unknown[] {
  const cleaned = items.map(cleanValue);
  return cleaned.some((item, i) => item !== items[i]) ? cleaned : items;
}

function cleanMembers(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  let changed = false;
  const cleaned = Object.entries(value).map(([name, member]) => {
    const entry = [cleanText(name), cleanValue(member)] as const;
    changed ||= entry[0] !== name || entry[1] !== member;
    return entry;
  });
  return changed ? Object.fromEntries(cleaned) : value;
}
