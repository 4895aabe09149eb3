import { array, nullable, object, string, type Schema } from '#schema/schema.js';
import { InvalidCursor } from './core.errors.js';
import { isUuid } from './identifiers.js';

/** One page of a keyset listing; `next_cursor` is null on the last one. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next_cursor: string | null;
}

/** The wire form of a page of these items. */
export const pageOf = <Item>(item: Schema<Item>) => object({ items: array(item), next_cursor: nullable(string()) });

/** Where a page ended: the sort time in milliseconds and the id that breaks ties. */
export interface Position {
  readonly ms: number;
  readonly id: string;
}

const Encoded = /^(\d{1,15})~(.{36})$/;

/** Opaque to clients; nothing in it is secret. */
export const encodeCursor = ({ ms, id }: Position): string => Buffer.from(`${ms}~${id}`).toString('base64url');

/** @throws InvalidCursor for text that `encodeCursor` did not make. */
export function decodeCursor(cursor: string): Position {
  const parts = Encoded.exec(Buffer.from(cursor, 'base64url').toString('latin1'));
  const position = parts && { ms: Number(parts[1]), id: parts[2]! };
  // Base64 reads past what is no base64: only the very text that was given out is taken back.
  if (!position || !isUuid(position.id) || encodeCursor(position) !== cursor) throw new InvalidCursor();
  return position;
}

/** Makes a page of rows that were read with `limit + 1`: one more than asked for tells that there is a next page. */
export function toPage<Item>(rows: Item[], limit: number, position: (item: Item) => Position): Page<Item> {
  const more = rows.length > limit;
  const items = more ? rows.slice(0, limit) : rows;
  return { items, next_cursor: more ? encodeCursor(position(items[items.length - 1]!)) : null };
}
