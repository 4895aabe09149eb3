import { beforeEach, expect, it } from '@jest/globals';
import type { Caller } from '#core/caller.js';
import type { Mount } from '#gateway/tools/mount.js';
import type { Tool } from '#gateway/tools/tool.js';
import { ToolDirectory } from '#gateway/tools/tool-directory.js';
import { ToolSource } from '#gateway/tools/tool-source.js';
import { ToolLists } from './tool-lists.js';

class Offering extends ToolSource {
  readonly name = 'offering';
  offered: readonly Tool[] = [];

  tools(): readonly Tool[] {
    return this.offered;
  }
}

/** Counts the lists that are put together. */
class Counting extends ToolDirectory {
  made = 0;

  override visibleTo(caller: Caller): readonly Tool[] {
    this.made++;
    return super.visibleTo(caller);
  }
}

const aTool = (name: string, { tenant, ...more }: { tenant?: string } & Partial<Tool> = {}) =>
  ({
    definition: { name, description: name, inputSchema: { type: 'object' } },
    tier: 'bronze',
    scopes: [],
    ...(tenant !== undefined && { tenants: new Set([tenant]) }),
    ...more,
  }) as unknown as Tool;
const callerOf = (tenant: string, ...scopes: string[]): Caller => ({
  issuer: 'i',
  subject: 's',
  tenant,
  tier: 'gold',
  scopes: new Set(scopes),
});

let source: Offering;
let directory: Counting;
let lists: ToolLists;
beforeEach(() => {
  source = new Offering();
  directory = new Counting([source]);
  lists = new ToolLists();
});

interface Page {
  readonly tools: readonly { readonly name: string }[];
  readonly cacheScope: string;
}
const pageFor = (caller: Caller) =>
  JSON.parse(lists.page({ directory } as unknown as Mount, 'modern', caller, undefined).json) as Page;
const namesFor = (caller: Caller) => pageFor(caller).tools.map(({ name }) => name);
/** How many lists are made for these. */
const madeFor = (...callers: readonly Caller[]) => {
  const before = directory.made;
  for (const caller of callers) pageFor(caller);
  return directory.made - before;
};
const [A, B, C] = ['a', 'b', 'c'].map((tenant) => callerOf(tenant)) as [Caller, Caller, Caller];

it('a list is made again for those alone whose tools have changed', () => {
  const shared = aTool('shared');
  const ofB = aTool('own', { tenant: 'b' });
  source.offered = [aTool('own', { tenant: 'a' }), ofB, shared];
  expect(madeFor(A, B, C, A, B, C)).toBe(3);
  source.offered = [aTool('own', { tenant: 'a' }), ofB, shared];
  expect(madeFor(A, B, C)).toBe(1);
  source.offered = [ofB, shared];
  expect([madeFor(A, B, C), namesFor(A), namesFor(B)]).toEqual([1, ['shared'], ['own', 'shared']]);
  source.offered = [ofB, shared, aTool('first', { tenant: 'a' })];
  expect([madeFor(B, C), namesFor(A)]).toEqual([0, ['first', 'shared']]);
  source.offered = source.offered.with(1, aTool('shared'));
  expect(madeFor(A, B, C)).toBe(3);
});

it('callers who see the same share one', () => {
  source.offered = [aTool('a', { scopes: ['x'] }), aTool('b', { scopes: ['y'], orScopes: ['z'] })];
  expect(madeFor(callerOf('a', 'x'), callerOf('b', 'x'), callerOf('c', 'x', 'other'))).toBe(1);
  expect(madeFor(callerOf('a'), callerOf('b', 'other'))).toBe(1);
  expect([namesFor(callerOf('a', 'z')), namesFor(callerOf('a', 'y', 'x'))]).toEqual([['b'], ['a', 'b']]);
});

it('what a tool of all tenants hid is there again when that goes', () => {
  const all = aTool('one');
  source.offered = [all, aTool('one', { tenant: 'a', scopes: ['never'] })];
  expect([namesFor(A), namesFor(B)]).toEqual([['one'], ['one']]);
  source.offered = source.offered.slice(1);
  expect([namesFor(A), namesFor(B), namesFor(callerOf('a', 'never'))]).toEqual([[], [], ['one']]);
});

it('says that it is for everybody only as long as it is', () => {
  const all = aTool('all');
  source.offered = [all];
  expect(pageFor(A).cacheScope).toBe('public');
  for (const more of [{ tenant: 'b' }, { scopes: ['x'] }, { orScopes: ['x'] }, { tier: 'gold' } as const]) {
    source.offered = [all, aTool('more', more)];
    expect([more, pageFor(A).cacheScope]).toEqual([more, 'private']);
    source.offered = [all];
    expect([more, pageFor(A).cacheScope]).toEqual([more, 'public']);
  }
});
