/** A value that JSON cannot carry, or that goes deeper than allowed. */
export class NotCanonical extends Error {
  constructor(readonly reason: 'too_deep' | 'not_json') {
    super(reason === 'too_deep' ? 'is nested too deeply' : 'holds a value that JSON cannot carry');
  }
}

// PostgreSQL's jsonb refuses U+0000 and lone surrogates; both become U+FFFD, so that one odd byte in a tool's output
// does not cost the event. Surrogate pairs (emoji) also match this pattern and are left as they are by toWellFormed.
// oxlint-disable-next-line no-control-regex -- the null byte is what is looked for
const UNSTORABLE = /[\u0000\uD800-\uDFFF]/;

/** Short text of which JSON escapes nothing: most member names and values. */
const PLAIN = /^[ !#-[\]-~]*$/;
const SHORT = 64;

function text(value: string): string {
  if (value.length < SHORT && PLAIN.test(value)) return `"${value}"`;
  return JSON.stringify(UNSTORABLE.test(value) ? value.toWellFormed().replaceAll('\0', '\uFFFD') : value);
}

/**
 * RFC 8785 (JSON Canonicalization Scheme): members sorted by UTF-16 code unit, ECMAScript numbers, no white space. Two
 * equal values have one text, whatever order their members came in. Members that are `undefined` are left out.
 * @throws NotCanonical past `maxDepth` nested arrays and objects, and for numbers that are not finite.
 */
export function canonicalJson(value: unknown, maxDepth = 64): string {
  switch (typeof value) {
    case 'string':
      return text(value);
    case 'number':
      if (!Number.isFinite(value)) throw new NotCanonical('not_json');
      return Object.is(value, -0) ? '0' : String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      return value === null ? 'null' : composite(value, maxDepth);
    default:
      throw new NotCanonical('not_json');
  }
}

/** Why a value has no canonical JSON, or undefined when it has one. */
export function canonicalFault(value: unknown, maxDepth?: number): string | undefined {
  try {
    canonicalJson(value, maxDepth);
    return undefined;
  } catch (error) {
    if (error instanceof NotCanonical) return error.message;
    throw error;
  }
}

function composite(value: object, maxDepth: number): string {
  if (maxDepth <= 0) throw new NotCanonical('too_deep');
  if (Array.isArray(value)) {
    let out = '[';
    for (let i = 0; i < value.length; i++) out += (i === 0 ? '' : ',') + canonicalJson(value[i], maxDepth - 1);
    return `${out}]`;
  }
  const record = value as Record<string, unknown>;
  const keys = sorted(Object.keys(record));
  let out = '{';
  for (const key of keys) {
    const member = record[key];
    if (member === undefined) continue;
    out += (out.length === 1 ? nameOf(key) : ',' + nameOf(key)) + canonicalJson(member, maxDepth - 1);
  }
  return `${out}}`;
}

const names = new Map<string, string>();
const REMEMBERED_NAMES = 1_000;

/** `"name":`, remembered for the first thousand short names: the same few stand in every event. */
function nameOf(key: string): string {
  let name = names.get(key);
  if (name === undefined) {
    name = `${text(key)}:`;
    if (names.size < REMEMBERED_NAMES && key.length < SHORT) names.set(key, name);
  }
  return name;
}

/** Few enough to be sorted faster in place than by the engine's own sort. */
const FEW = 16;

/** In order of UTF-16 code units, which is how `<` compares strings. */
function sorted(keys: string[]): string[] {
  if (keys.length > FEW) return keys.sort();
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i]!;
    let at = i;
    while (at > 0 && keys[at - 1]! > key) keys[at] = keys[--at]!;
    keys[at] = key;
  }
  return keys;
}
