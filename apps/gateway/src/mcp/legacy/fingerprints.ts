import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { Mounts } from '#gateway/tools/mount.js';
import { type ListKind, OwnLists } from '../own-lists.js';

export const KINDS: readonly ListKind[] = ['tools', 'prompts', 'resources'];

/** What stands for each list as one client knows it; empty where that is not known. */
export type Fingerprints = Readonly<Record<ListKind, string>>;

export const UNKNOWN: Fingerprints = Object.freeze({ tools: '', prompts: '', resources: '' });

/** What a session's client would see of the lists of its mount. */
@Injectable()
export class SessionLists {
  constructor(
    private readonly lists: OwnLists,
    private readonly mounts: Mounts,
  ) {}

  /** How these lists look now; none where the mount has gone. */
  async look(path: string, caller: Caller, kinds = KINDS): Promise<Partial<Fingerprints>> {
    const mount = this.mounts.find(path, caller);
    if (!mount) return {};
    const found = await Promise.all(
      kinds.map(async (kind) => [kind, (await this.lists.fingerprint(mount, kind, 'legacy', caller)) ?? ''] as const),
    );
    return Object.fromEntries(found);
  }
}
