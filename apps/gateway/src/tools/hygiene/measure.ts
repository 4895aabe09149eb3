export const MAX_DEPTH = 32;
export const MAX_NODES = 10_000;

/** Why a value is too much to be looked at any further; undefined where it is not. Stops as soon as that is known. */
export function tooMuch(value: unknown): string | undefined {
  let nodes = 0;
  const look = (at: unknown, depth: number): string | undefined => {
    if (++nodes > MAX_NODES) return `more than ${MAX_NODES} values`;
    if (typeof at !== 'object' || at === null) return undefined;
    if (depth > MAX_DEPTH) return `nested deeper than ${MAX_DEPTH}`;
    // `__proto__` as a member of its own is what JSON.parse makes of the text.
    if (Object.hasOwn(at, '__proto__')) return 'a member named __proto__';
    for (const member of Object.values(at)) {
      const fault = look(member, depth + 1);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
  return look(value, 1);
}
