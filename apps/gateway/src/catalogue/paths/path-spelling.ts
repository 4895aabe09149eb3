const MOST_CHARACTERS = 1_024;
/** A backend may decode a name once, a proxy before it once more. */
const MOST_DECODINGS = 3;

/** Of every form of a path: as it came, decoded, and as compatibility mappings (NFKC) make it. The first that fits says why. */
const REFUSED: readonly (readonly [RegExp, string])[] = [
  [/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{NChar}\p{DI}\u2800\ufffd]/u, 'it has control or invisible characters'],
  [/\\/, 'it has a backslash'],
  [/^\//, 'it is absolute'],
  [/^[a-z]:/i, 'it names a drive'],
  [/^[a-z][a-z\d+.-]*:/i, 'it has the scheme of a URL'],
  [/:/, 'it has a colon'],
  [/^ | $/, 'it begins or ends with a space'],
  [/(?:^|\/) *~/, 'it begins at a home folder'],
  [/%u[\da-f]{4}/i, 'it is encoded in a way that is not its own'],
  [/\$[a-z_{(]|%(?![\da-f]{2})[a-z_][\w()]*%/i, 'it has a variable in it'],
  // `.. ` and `...` mean `..` where spaces and dots at an end do not count.
  [/(?:^|\/)(?!\.(?:\/|$))[. ]+(?:\/|$)/, 'it leads upwards'],
  [/[^/][. ]+(?:\/|$)/, 'a name in it ends with a dot or a space'],
  [/(?:^|\/)(?:con|prn|aux|nul|(?:com|lpt)\d|con(?:in|out)\$|clock\$) *(?:\.[^/]*)?(?:\/|$)/i, 'it names a device'],
];

/**
 * What passes for a slash, a backslash, a dot or a colon to a reader or to an old code page (¥ and ₩), and is not mapped
 * to one by NFKC. Letters and digits that merely resemble one stay: they are somebody's language.
 */
const LOOK_ALIKES = new RegExp(
  `[${[
    '\u0337\u0338\u1735\u2041\u2044\u2215\u2571\u27cb\u29f8\u2afb\u2afd\u2f03\u3033\u31d3', // slashes
    '\u00a5\u20a9\u20e5\u2216\u244a\u2572\u27cd\u29f5\u29f9\u2f02\u31d4', // backslashes
    '\u06d4\u0701\u0702\u3002\ua4f8\ua60e\uff61\u{10a50}\u{1d16d}', // dots
    '\u02d0\u02f8\u0589\u05c3\u0703\u0704\u16ec\u1803\u1809\u205a\u2236\ua4fd\ua789\ufe30', // colons
  ].join('')}]|(?! )\\p{Zs}`,
  'u',
);

/** Why a path is refused for the way it is written, wherever it leads; undefined when there is nothing against it. */
export function spellingFault(path: string): string | undefined {
  if (path === '') return 'it is empty';
  if (path.length > MOST_CHARACTERS) return `it has more than ${MOST_CHARACTERS} characters`;
  let form = path;
  for (let decodings = 0; ; decodings++) {
    const fault =
      faultOf(form) ?? (looksAlike(form) ? 'it has look-alike characters' : faultOf(form.normalize('NFKC')));
    if (fault !== undefined) return fault;
    const decoded = percentDecoded(form);
    if (decoded === form) return undefined;
    if (decodings === MOST_DECODINGS) return 'it is encoded again and again';
    form = decoded;
  }
}

function faultOf(form: string): string | undefined {
  for (const [pattern, fault] of REFUSED) if (pattern.test(form)) return fault;
  return undefined;
}

function looksAlike(form: string): boolean {
  if (LOOK_ALIKES.test(form)) return true;
  for (const [character] of form.matchAll(/[^\0-\x7f]/gu))
    if (/[/\\.:~$%]/.test(character.normalize('NFKC'))) return true;
  return false;
}

/** What is no UTF-8 becomes U+FFFD, and is refused for it. */
const percentDecoded = (form: string) =>
  form.replace(/(?:%[\da-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll('%', ''), 'hex').toString());
