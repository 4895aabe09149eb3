import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { type Caller, TIERS } from '#core/caller.js';
import type { Tool } from '#gateway/tools/tool.js';
import type { Mount } from '#gateway/tools/mount.js';
import type { ToolDirectory } from '#gateway/tools/tool-directory.js';
import { SerialisedResult } from './json-rpc.js';
import type { Era } from './mcp-request.js';
import { cursorOf, PAGE_SIZE, startOf } from './pages.js';
import { cacheableInForm, type CacheScope, definitionInForm, LIST_TTL_MS } from './result-form.js';

/** Characters of all lists that are kept. */
const MOST_KEPT = 32 * 1024 * 1024;

const nameOf = (tool: Tool) => tool.definition.name;

/** A list as it is sent. */
interface List {
  readonly terms: Terms;
  readonly tools: readonly Tool[];
  readonly pages: readonly SerialisedResult[];
  /** The same for the same list. */
  readonly fingerprint: string;
}

/** What of a caller decides which tools it sees, as long as there are these tools. */
interface Distinctions {
  /** Other than that of any other. */
  readonly number: number;
  readonly revision: object;
  readonly scopes: readonly string[];
  readonly tenants: ReadonlySet<string>;
  /** How long, and by whom, a list of these tools may be kept. */
  readonly terms: Terms;
}

interface Terms {
  readonly ttlMs: number;
  readonly cacheScope: CacheScope;
}

/** `tools/list` as it is sent: made once for all callers that see the same tools. */
@Injectable()
export class ToolLists {
  private readonly distinctions = new WeakMap<ToolDirectory, Distinctions>();
  private revisions = 0;
  private readonly lists = new LRUCache<string, List>({
    maxSize: MOST_KEPT,
    sizeCalculation: ({ pages }) => pages.reduce((sum, { json }) => sum + json.length, 1),
  });

  /** @throws RpcError for a cursor that is none */
  page(mount: Mount, era: Era, caller: Caller, cursor: unknown): SerialisedResult {
    const { terms, tools, pages } = this.listOf(mount, era, caller);
    const start = startOf('tools', tools, nameOf, cursor);
    // Within a page begins only what follows a tool that has gone since.
    const isWhole = start % PAGE_SIZE === 0 && start < tools.length;
    return isWhole ? pages[start / PAGE_SIZE]! : serialise(era, tools, start, terms);
  }

  /** Another text than before when this caller's list is another. */
  fingerprint(mount: Mount, era: Era, caller: Caller): string {
    return this.listOf(mount, era, caller).fingerprint;
  }

  private listOf({ directory }: Mount, era: Era, caller: Caller): List {
    const distinctions = this.current(directory);
    const key = `${era} ${keyOf(distinctions, caller)}`;
    let list = this.lists.get(key);
    if (!list) this.lists.set(key, (list = makeList(era, directory.visibleTo(caller), distinctions.terms)));
    return list;
  }

  /** Lists of what there was before are pushed out by those of what there is. */
  private current(directory: ToolDirectory): Distinctions {
    const { revision } = directory;
    const ttlMs = Math.min(LIST_TTL_MS, directory.ttlMs);
    const known = this.distinctions.get(directory);
    if (known?.revision === revision && known.terms.ttlMs === ttlMs) return known;
    const tools = [...directory.all()];
    const scopes = [...new Set(tools.flatMap((tool) => [...tool.scopes, ...(tool.orScopes ?? [])]))].sort();
    const tenants = new Set(tools.flatMap((tool) => [...(tool.tenants ?? [])]));
    const isForAll = scopes.length === 0 && tenants.size === 0 && tools.every(({ tier }) => tier === TIERS[0]);
    const terms: Terms = { ttlMs, cacheScope: isForAll ? 'public' : 'private' };
    const found = { number: this.revisions++, revision, scopes, tenants, terms };
    this.distinctions.set(directory, found);
    return found;
  }
}

function keyOf({ number, scopes, tenants }: Distinctions, caller: Caller): string {
  const held = scopes.filter((scope) => caller.scopes.has(scope));
  return JSON.stringify([number, caller.tier, tenants.has(caller.tenant) ? caller.tenant : null, held]);
}

function makeList(era: Era, tools: readonly Tool[], terms: Terms): List {
  const pages: SerialisedResult[] = [];
  for (let start = 0; start === 0 || start < tools.length; start += PAGE_SIZE)
    pages.push(serialise(era, tools, start, terms));
  return { terms, tools, pages, fingerprint: hash('sha256', pages.map(({ json }) => json).join('\n')) };
}

function serialise(era: Era, tools: readonly Tool[], start: number, terms: Terms): SerialisedResult {
  const page = tools.slice(start, start + PAGE_SIZE);
  const isLast = start + PAGE_SIZE >= tools.length;
  const result = {
    tools: page.map(({ definition }) => definitionInForm(era, definition)),
    ...(!isLast && { nextCursor: cursorOf('tools', nameOf(page.at(-1)!)) }),
  };
  return new SerialisedResult(JSON.stringify(cacheableInForm(era, result, terms.ttlMs, terms.cacheScope)));
}
