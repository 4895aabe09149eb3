import { RPC, RpcError } from './json-rpc.js';

/** Items of one page: enough that most lists have but one. */
export const PAGE_SIZE = 250;

/** A cursor that this gateway did not give out, or not for this list. */
export const badCursor = () => new RpcError(RPC.INVALID_PARAMS, 'The cursor is not one of this list.');

/** @param list of which the cursor is; one list's cursor is none of another's */
export const cursorOf = (list: string, position: unknown): string =>
  Buffer.from(JSON.stringify([list, position])).toString('base64url');

/** The position that `cursorOf` was given. @throws RpcError */
export function positionOf(list: string, cursor: unknown): unknown {
  if (typeof cursor !== 'string' || cursor.length > 4_096) throw badCursor();
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    throw badCursor();
  }
  if (!Array.isArray(parsed) || parsed.length !== 2 || parsed[0] !== list) throw badCursor();
  return parsed[1];
}

/**
 * Where the page begins that comes after this cursor, in a list that is ordered by `keyOf`. The cursor names the last
 * item that was given out: what is added or taken away meanwhile moves no other item over the edge.
 */
export function startOf<T>(list: string, items: readonly T[], keyOf: (item: T) => string, cursor: unknown): number {
  if (cursor === undefined) return 0;
  const last = positionOf(list, cursor);
  if (typeof last !== 'string') throw badCursor();
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keyOf(items[middle]!) <= last) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** One page of an ordered list, with the cursor of the next. @throws RpcError */
export function pageOf<T>(
  list: string,
  items: readonly T[],
  keyOf: (item: T) => string,
  cursor: unknown,
): { readonly items: readonly T[]; readonly nextCursor?: string } {
  const start = startOf(list, items, keyOf, cursor);
  const page = items.slice(start, start + PAGE_SIZE);
  const isLast = start + PAGE_SIZE >= items.length;
  return isLast ? { items: page } : { items: page, nextCursor: cursorOf(list, keyOf(page.at(-1)!)) };
}

/** Ordered by code unit, the first of two with one key kept. */
export function ordered<T>(items: Iterable<T>, keyOf: (item: T) => string): readonly T[] {
  const byKey = new Map<string, T>();
  for (const item of items) if (!byKey.has(keyOf(item))) byKey.set(keyOf(item), item);
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
}
