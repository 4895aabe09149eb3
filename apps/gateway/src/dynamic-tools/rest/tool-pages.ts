import { InvalidCursor } from '#core/core.errors.js';
import type { Page } from '#core/page.js';
import type { DynamicToolRecord } from '../dynamic-tool.schema.js';

/**
 * One page of tools, by code unit of their names. The cursor names the last tool that was given out: what is made or
 * deleted meanwhile moves no other over the edge. @throws InvalidCursor
 */
export function pageOfTools(
  tools: readonly DynamicToolRecord[],
  limit: number,
  cursor: string | undefined,
): Page<DynamicToolRecord> {
  const last = cursor === undefined ? '' : nameIn(cursor);
  const rest = tools.filter(({ name }) => name > last).sort((a, b) => (a.name < b.name ? -1 : 1));
  const items = rest.slice(0, limit);
  return { items, next_cursor: rest.length > limit ? cursorAt(items.at(-1)!.name) : null };
}

/** Opaque to clients; nothing in it is secret. */
const cursorAt = (name: string): string => Buffer.from(name).toString('base64url');

function nameIn(cursor: string): string {
  const name = Buffer.from(cursor, 'base64url').toString();
  // Base64 reads past what is no base64: only the very text that was given out is taken back.
  if (name === '' || cursorAt(name) !== cursor) throw new InvalidCursor();
  return name;
}
