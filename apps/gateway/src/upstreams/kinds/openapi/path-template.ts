const PLACE = /\{([^{}]*)\}/g;
const NAMES_LITERALLY = /[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]/;

/** What a value of a path may never be, in any form: it would lead to another path. */
const ESCAPES = /[/\\\p{Cc}\u2028\u2029]/u;
const MOST_DECODINGS = 3;

/** Why a path of a document cannot be called; undefined where it can. @param names of its parameters */
export function pathFault(path: string, names: readonly string[]): string | undefined {
  for (const [, name] of path.matchAll(PLACE)) {
    if (!names.includes(name!)) return `its path has {${name!.slice(0, 64)}}, which is no parameter of it`;
  }
  const literal = path.replace(PLACE, 'x');
  if (NAMES_LITERALLY.test(literal)) return 'its path has characters that no path has';
  if (literal.startsWith('//') || literal.split('/').some(leadsElsewhere)) return 'its path leads upwards';
  return undefined;
}

/**
 * The path with its places filled in.
 * @param values as they are sent, by name of the place
 * @throws Error with a sentence for the caller
 */
export function fillPath(path: string, values: ReadonlyMap<string, string>): string {
  const filled = path.replace(PLACE, (_place, name: string) => values.get(name)!);
  if (filled.split('/').some(leadsElsewhere)) throw new Error('The path that these arguments make leads upwards.');
  return filled;
}

/** Why a value may not stand in a path; undefined where it may. It is looked at as servers on the way may decode it. */
export function valueFault(value: string): string | undefined {
  if (value === '') return 'must not be empty';
  if (!value.isWellFormed()) return 'must be well-formed text';
  for (const form of forms(value)) {
    if (ESCAPES.test(form)) return 'must not hold a slash, a backslash or a control character, however it is written';
    if (isDots(form)) return 'must not be . or ..';
  }
  return undefined;
}

const leadsElsewhere = (segment: string): boolean => forms(segment).some(isDots);

/** `..;x` is `..` to servers that take what follows for a parameter of the path. */
const isDots = (segment: string) => /^\.{1,2}(?:;|$)/.test(segment.trim());

function forms(text: string): string[] {
  const found = [text];
  for (let form = text; found.length <= MOST_DECODINGS; found.push(form)) {
    const decoded = form.replace(/(?:%[\da-f]{2})+/gi, (bytes) =>
      Buffer.from(bytes.replaceAll('%', ''), 'hex').toString(),
    );
    if (decoded === form) break;
    form = decoded;
  }
  return found;
}
