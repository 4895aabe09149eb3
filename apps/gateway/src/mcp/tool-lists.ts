import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { type Caller, TIERS } from '#core/caller.js';
import type { Mount } from '#gateway/tools/mount.js';
import type { ToolDirectory } from '#gateway/tools/tool-directory.js';
import type { SerialisedResult } from './json-rpc.js';
import type { Era } from './mcp-request.js';
import { LIST_TTL_MS } from './result-form.js';
import { type ListTerms, ToolList } from './tool-list.js';

/** Characters of all lists that are kept. */
const MOST_KEPT = 32 * 1024 * 1024;

/** What of a caller decides which tools it sees, as long as there are these tools. */
interface Distinctions {
  /** Other than that of any other. */
  readonly number: number;
  readonly revision: object;
  readonly scopes: readonly string[];
  readonly tenants: ReadonlySet<string>;
  /** How long, and by whom, a list of these tools may be kept. */
  readonly terms: ListTerms;
}

/** `tools/list` as it is sent: made once for all callers that see the same tools. */
@Injectable()
export class ToolLists {
  private readonly distinctions = new WeakMap<ToolDirectory, Distinctions>();
  private revisions = 0;
  private readonly lists = new LRUCache<string, ToolList>({ maxSize: MOST_KEPT, sizeCalculation: ({ size }) => size });

  /** @throws RpcError for a cursor that is none */
  page(mount: Mount, era: Era, caller: Caller, cursor: unknown): SerialisedResult {
    return this.listOf(mount, era, caller).page(cursor);
  }

  /** Another text than before when this caller's list is another. */
  fingerprint(mount: Mount, era: Era, caller: Caller): string {
    return this.listOf(mount, era, caller).fingerprint;
  }

  private listOf({ directory }: Mount, era: Era, caller: Caller): ToolList {
    const distinctions = this.current(directory);
    const key = `${era} ${keyOf(distinctions, caller)}`;
    let list = this.lists.get(key);
    if (!list) this.lists.set(key, (list = new ToolList(era, directory.visibleTo(caller), distinctions.terms)));
    return list;
  }

  /** Lists of what there was before are pushed out by those of what there is. */
  private current(directory: ToolDirectory): Distinctions {
    const { revision } = directory;
    const ttlMs = Math.min(LIST_TTL_MS, directory.ttlMs);
    const known = this.distinctions.get(directory);
    if (known?.revision === revision && known.terms.ttlMs === ttlMs) return known;
    const scopes = new Set<string>();
    const tenants = new Set<string>();
    let isForAll = true;
    for (const tool of directory.all()) {
      for (const scope of tool.scopes) scopes.add(scope);
      for (const scope of tool.orScopes ?? []) scopes.add(scope);
      for (const tenant of tool.tenants ?? []) tenants.add(tenant);
      isForAll &&= tool.tier === TIERS[0];
    }
    isForAll &&= scopes.size === 0 && tenants.size === 0;
    const terms: ListTerms = { ttlMs, cacheScope: isForAll ? 'public' : 'private' };
    const found = { number: this.revisions++, revision, scopes: [...scopes].sort(), tenants, terms };
    this.distinctions.set(directory, found);
    return found;
  }
}

function keyOf({ number, scopes, tenants }: Distinctions, caller: Caller): string {
  const held = scopes.filter((scope) => caller.scopes.has(scope));
  return JSON.stringify([number, caller.tier, tenants.has(caller.tenant) ? caller.tenant : null, held]);
}
