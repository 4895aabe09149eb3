/** Longer error texts and lines say nothing more about which error it is, and cost time. */
const MAX_TEXT = 4_096;
const MAX_LINE = 2_000;

const FILE_EXTENSION =
  /\.(?:[cm]?[jt]sx?|py[iwx]?|go|rs|java|kts?|rb|php|cs|c|cc|cpp|cxx|h|hpp|swift|scala|sh|sql|json|ya?ml|toml|ini|cfg|conf|lock|md|rst|txt|csv|xml|html?|s?css|vue|svelte|log|pcap|enc|so|dll|exe|jar|whl|gz|zip)$/i;

interface Mask {
  readonly pattern: RegExp;
  readonly by: string | ((match: string) => string);
}

/** `and/or` is prose; `/etc/hosts`, `./a`, `src/a/b` and `src/a.ts` are paths. */
const maskPath = (match: string) =>
  /^(?:[/~\\]|\.{1,2}[/\\]|[A-Za-z]:[/\\])/.test(match) || match.split(/[/\\]/).length > 2 || FILE_EXTENSION.test(match)
    ? '<path>'
    : match;

const maskFile = (match: string) => (FILE_EXTENSION.test(match) ? '<path>' : match);

/** A word such as `feedface` needs a digit before it is an id. */
const maskHash = (match: string) => (/\d/.test(match) ? '<id>' : match);

// In order: what is more specific goes first. Each pattern is linear: a start is tried once per word, quote or
// separator, and nothing repeats inside a repetition without a separator of its own.
const MASKS: readonly Mask[] = [
  { pattern: /\b[a-z][a-z0-9+.-]{1,15}:\/\/[^\s"'<>`)]+/gi, by: '<url>' },
  {
    pattern: /\b\d{4}[-/]\d\d[-/]\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)?(?!\w)/g,
    by: '<time>',
  },
  { pattern: /\b\d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})?\b/g, by: '<time>' },
  { pattern: /\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi, by: '<id>' },
  { pattern: /\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b/g, by: '<host>' },
  { pattern: /\b0x[0-9a-f]+\b/gi, by: '<addr>' },
  { pattern: /(?<!\w)(?:'[^'\n]*'|"[^"\n]*"|`[^`\n]*`|\u2018[^\u2019\n]*\u2019)(?!\w)/g, by: '<str>' },
  { pattern: /(?<![\w.@+~<\\/-])(?:[a-z]:)?[\w.@+~-]*(?:[\\/][\w.@+~-]*)+/gi, by: maskPath },
  { pattern: /(?<![\w.<-])[\w-][\w.-]*\.\w{1,6}(?![\w.-])/g, by: maskFile },
  { pattern: /(?<![\w.<-])[\w-]+(?:\.[\w-]+)+:\d{1,5}(?!\w)/g, by: '<host>' },
  { pattern: /\b[0-9a-f]{8,}\b/gi, by: maskHash },
  // A size or duration and its unit are one value; a size in brackets repeats the bytes before it.
  { pattern: / \(\d+(?:\.\d+)? ?[kmgt]i?b\)/gi, by: '' },
  { pattern: /<?(?<![\w.])\d+(?:\.\d+)? ?(?:sec(?:ond)?|min(?:ute)?|hour)s?\b/gi, by: '<num>' },
  { pattern: /(?<![\w:])\d{1,3}:\d\d(?![\w:])/g, by: '<num>' },
  { pattern: /(?<![\w<])[-+]?\d+(?:[.,]\d+)*(?:%|[kmgt]i?b|[mnu]?s)?(?!\w)/gi, by: '<num>' },
];

/** The text without what changes between two occurrences of one error: paths, numbers, ids, times, quoted values. */
export function normaliseError(text: string): string {
  const lines = text.slice(0, MAX_TEXT).split('\n');
  const short = lines.map((line) => line.slice(0, MAX_LINE)).join('\n');
  const masked = MASKS.reduce(
    (current, { pattern, by }) =>
      typeof by === 'string' ? current.replace(pattern, by) : current.replace(pattern, by),
    short,
  );
  return masked.replace(/\s+/g, ' ').trim();
}
