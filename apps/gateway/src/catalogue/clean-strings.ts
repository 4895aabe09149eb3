// Most text is ASCII without U+0000, and stays as it is.
// oxlint-disable-next-line no-control-regex -- the null byte is what is looked for
const UNUSUAL = /[\u0000\u0080-\uffff]/;

const cleanText = (text: string): string => (UNUSUAL.test(text) ? text.replaceAll('\0', '').normalize('NFC') : text);

/**
 * The value with every string in it cleaned: no null byte, Unicode NFC. Names of members stay as they are. What holds
 * nothing to clean is returned as it is; what does is copied, never changed.
 */
export function cleanStrings(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (typeof value !== 'object' || value === null) return value;
  return Array.isArray(value) ? cleanArray(value) : cleanObject(value as Record<string, unknown>);
}

function cleanArray(array: readonly unknown[]): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let i = 0; i < array.length; i++) {
    const clean = cleanStrings(array[i]);
    if (clean !== array[i]) (copy ??= array.slice())[i] = clean;
  }
  return copy ?? array;
}

function cleanObject(object: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  let copy: Record<string, unknown> | undefined;
  for (const name of Object.keys(object)) {
    const member = object[name];
    const clean = cleanStrings(member);
    if (clean === member) continue;
    copy ??= { ...object };
    // Not by assignment: `__proto__` is a member like any other.
    Object.defineProperty(copy, name, { value: clean, enumerable: true, writable: true, configurable: true });
  }
  return copy ?? object;
}
