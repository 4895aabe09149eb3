import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Caller } from '#core/caller.js';
import type { Mount } from '#gateway/tools/mount.js';
import type { ToolDirectory } from '#gateway/tools/tool-directory.js';
import type { SerialisedResult } from './json-rpc.js';
import type { Era } from './mcp-request.js';
import { LIST_TTL_MS } from './result-form.js';
import { type ListTerms, ToolList } from './tool-list.js';

/** Characters of all lists that are kept. */
const MOST_KEPT = 32 * 1024 * 1024;

/** `tools/list` as it is sent: made once for all callers that see the same tools, and again when those are others. */
@Injectable()
export class ToolLists {
  /** Of each directory, other than that of any other. */
  private readonly numbers = new WeakMap<ToolDirectory, number>();
  private directories = 0;
  private readonly lists = new LRUCache<string, ToolList>({ maxSize: MOST_KEPT, sizeCalculation: ({ size }) => size });

  /** @throws RpcError for a cursor that is none */
  page(mount: Mount, era: Era, caller: Caller, cursor: unknown): SerialisedResult {
    return this.listOf(mount, era, caller).page(cursor);
  }

  /** Another text than before when this caller's list is another. */
  fingerprint(mount: Mount, era: Era, caller: Caller): string {
    return this.listOf(mount, era, caller).fingerprint;
  }

  /** Lists of what there was before are pushed out by those of what there is. */
  private listOf({ directory }: Mount, era: Era, caller: Caller): ToolList {
    const { audiences } = directory;
    const terms: ListTerms = {
      ttlMs: Math.min(LIST_TTL_MS, directory.ttlMs),
      cacheScope: audiences.areEverybody ? 'public' : 'private',
    };
    const ofDirectory = `${this.numberOf(directory)} ${era} ${terms.ttlMs} ${terms.cacheScope}`;
    const key = `${ofDirectory} ${audiences.keyOf(caller)}`;
    let list = this.lists.get(key);
    if (!list) this.lists.set(key, (list = new ToolList(era, directory.visibleTo(caller), terms)));
    return list;
  }

  private numberOf(directory: ToolDirectory): number {
    let number = this.numbers.get(directory);
    if (number === undefined) this.numbers.set(directory, (number = this.directories++));
    return number;
  }
}
