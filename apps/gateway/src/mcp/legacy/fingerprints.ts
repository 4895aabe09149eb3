import type { Caller } from '#core/caller.js';
import type { ListKind, OwnLists } from '../own-lists.js';

export const KINDS: readonly ListKind[] = ['tools', 'prompts', 'resources'];

/** What stands for each list as one client knows it; empty where that is not known. */
export type Fingerprints = Readonly<Record<ListKind, string>>;

export const UNKNOWN: Fingerprints = Object.freeze({ tools: '', prompts: '', resources: '' });

/** How these lists look now. */
export async function look(lists: OwnLists, caller: Caller, kinds = KINDS): Promise<Partial<Fingerprints>> {
  const found = await Promise.all(
    kinds.map(async (kind) => [kind, (await lists.fingerprint(kind, 'legacy', caller)) ?? ''] as const),
  );
  return Object.fromEntries(found);
}
