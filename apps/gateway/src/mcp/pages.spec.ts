import { describe, expect, it } from '@jest/globals';
import { RpcError } from './json-rpc.js';
import { cursorOf, ordered, PAGE_SIZE, pageOf } from './pages.js';

const numbered = (count: number) =>
  Array.from({ length: count }, (_, index) => `item-${String(index).padStart(5, '0')}`);
const same = (item: string) => item;
const page = (items: readonly string[], cursor?: unknown) => pageOf('items', items, same, cursor);

function walk(items: readonly string[]): string[] {
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const { items: found, nextCursor } = page(items, cursor);
    seen.push(...found);
    cursor = nextCursor;
  } while (cursor !== undefined);
  return seen;
}

describe('pages', () => {
  it.each([0, 1, PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 1, 4 * PAGE_SIZE, 4 * PAGE_SIZE + 7])(
    'of %i items give each of them once',
    (count) => expect(walk(numbered(count))).toEqual(numbered(count)),
  );

  it('name no next one where there is none', () => {
    expect(page(numbered(PAGE_SIZE)).nextCursor).toBeUndefined();
    expect(page(numbered(PAGE_SIZE + 1)).nextCursor).toBeDefined();
  });

  it('go on behind the last item, also when it has gone and others have come before it', () => {
    const items = numbered(2 * PAGE_SIZE);
    const { nextCursor } = page(items);
    const changed = ['item-0', ...items.filter((item) => item !== items[PAGE_SIZE - 1])];
    expect(page(changed, nextCursor).items).toEqual(items.slice(PAGE_SIZE));
  });

  it('end where everything behind the cursor has gone', () => {
    expect(page(['a'], cursorOf('items', 'z'))).toEqual({ items: [] });
  });

  it.each([
    ['a text that is none', 'x'],
    ['nothing', ''],
    ['one of another list', cursorOf('others', 'a')],
    ['one with a number', cursorOf('items', 7)],
    ['one of three parts', Buffer.from('["items","a","b"]').toString('base64url')],
    ['a number', 7],
    ['null', null],
    ['a very long one', cursorOf('items', 'x'.repeat(9_999))],
  ])('have no cursor that is %s', (_what, cursor) => expect(() => page(['a', 'b'], cursor)).toThrow(RpcError));
});

it('orders by code unit, and keeps the first of two with one key', () => {
  const items = [
    { key: 'b', n: 1 },
    { key: 'a', n: 2 },
    { key: 'b', n: 3 },
    { key: 'B', n: 4 },
  ];
  expect(ordered(items, ({ key }) => key).map(({ n }) => n)).toEqual([4, 2, 1]);
});
