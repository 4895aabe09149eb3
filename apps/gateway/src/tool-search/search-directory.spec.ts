import { expect, it } from '@jest/globals';
import type { Caller } from '#core/caller.js';
import type { Tool } from '#gateway/tools/tool.js';
import { ToolDirectory } from '#gateway/tools/tool-directory.js';
import { ToolSource } from '#gateway/tools/tool-source.js';
import { SearchDirectory } from './search-directory.js';

class Offering extends ToolSource {
  readonly name = 'offering';
  offered: readonly Tool[] = [];

  tools(): readonly Tool[] {
    return this.offered;
  }
}

const CALLER: Caller = { issuer: 'i', subject: 's', tenant: 'a', tier: 'gold', scopes: new Set(['x']) };
const BEHIND = {
  definition: { name: 'behind', description: 'behind', inputSchema: { type: 'object' } },
  tier: 'gold',
  scopes: ['x'],
  tenants: new Set(['a']),
} as unknown as Tool;

it('is for the same people whatever comes and goes behind it', () => {
  const source = new Offering();
  const behind = new ToolDirectory([source]);
  const before = new SearchDirectory(behind);
  const key = before.audiences.keyOf(CALLER);

  source.offered = [BEHIND];
  const after = new SearchDirectory(behind);

  expect(behind.audiences.areEverybody).toBe(false);
  expect([before.audiences.keyOf(CALLER), after.audiences.keyOf(CALLER)]).toEqual([key, key]);
  expect(after.audiences.areEverybody).toBe(before.audiences.areEverybody);
});
