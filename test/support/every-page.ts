import type { Api } from './api.js';

interface Page<Item> {
  readonly items: Item[];
  readonly next_cursor: string | null;
}

/** Follows a listing to its end; `cursor` is the name of its cursor parameter. Fails on a page that is too long. */
export async function everyPage<Item>(
  api: Api,
  path: string,
  cursor: 'cursor' | 'after',
  limit: number,
): Promise<Item[]> {
  const seen: Item[] = [];
  const query = `${path}${path.includes('?') ? '&' : '?'}limit=${limit}`;
  for (let next: string | null = ''; next !== null;) {
    const page: Page<Item> = (await api.get<Page<Item>>(next === '' ? query : `${query}&${cursor}=${next}`)).body;
    if (page.items.length > limit) throw new Error(`a page of ${page.items.length}, asked for ${limit}`);
    seen.push(...page.items);
    next = page.next_cursor;
  }
  return seen;
}
