import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Caller } from '#core/caller.js';
import type { Tool } from '#gateway/tools/tool.js';
import { ToolDirectory } from '#gateway/tools/tool-directory.js';
import { SerialisedResult } from './json-rpc.js';
import type { Era } from './mcp-request.js';
import { cursorOf, PAGE_SIZE, startOf } from './pages.js';
import { cacheableInForm, definitionInForm, LIST_TTL_MS } from './result-form.js';

/** Characters of all lists that are kept. */
const MOST_KEPT = 32 * 1024 * 1024;

const nameOf = (tool: Tool) => tool.definition.name;

/** A list as it is sent. */
interface List {
  readonly tools: readonly Tool[];
  readonly pages: readonly SerialisedResult[];
  /** The same for the same list. */
  readonly fingerprint: string;
}

/** What of a caller decides which tools it sees, as long as there are these tools. */
interface Distinctions {
  readonly revision: object;
  readonly scopes: readonly string[];
  readonly tenants: ReadonlySet<string | undefined>;
}

/** `tools/list` as it is sent: made once for all callers that see the same tools. */
@Injectable()
export class ToolLists {
  private distinctions: Distinctions | undefined;
  private readonly lists = new LRUCache<string, List>({
    maxSize: MOST_KEPT,
    sizeCalculation: ({ pages }) => pages.reduce((sum, { json }) => sum + json.length, 1),
  });

  constructor(private readonly directory: ToolDirectory) {}

  /** @throws RpcError for a cursor that is none */
  page(era: Era, caller: Caller, cursor: unknown): SerialisedResult {
    const { tools, pages } = this.listOf(era, caller);
    const start = startOf('tools', tools, nameOf, cursor);
    // Within a page begins only what follows a tool that has gone since.
    return start % PAGE_SIZE === 0 && start < tools.length ? pages[start / PAGE_SIZE]! : serialise(era, tools, start);
  }

  /** Another text than before when this caller's list is another. */
  fingerprint(era: Era, caller: Caller): string {
    return this.listOf(era, caller).fingerprint;
  }

  private listOf(era: Era, caller: Caller): List {
    const key = `${era} ${this.keyOf(caller)}`;
    let list = this.lists.get(key);
    if (!list) this.lists.set(key, (list = makeList(era, this.directory.visibleTo(caller))));
    return list;
  }

  private keyOf(caller: Caller): string {
    const { scopes, tenants } = this.current();
    const held = scopes.filter((scope) => caller.scopes.has(scope));
    return JSON.stringify([caller.tier, tenants.has(caller.tenant) ? caller.tenant : null, held]);
  }

  private current(): Distinctions {
    const { revision } = this.directory;
    if (this.distinctions?.revision === revision) return this.distinctions;
    this.lists.clear();
    const tools = [...this.directory.all()];
    const scopes = [...new Set(tools.flatMap((tool) => tool.scopes))].sort();
    return (this.distinctions = { revision, scopes, tenants: new Set(tools.map(({ tenant }) => tenant)) });
  }
}

function makeList(era: Era, tools: readonly Tool[]): List {
  const pages: SerialisedResult[] = [];
  for (let start = 0; start === 0 || start < tools.length; start += PAGE_SIZE) pages.push(serialise(era, tools, start));
  return { tools, pages, fingerprint: hash('sha256', pages.map(({ json }) => json).join('\n')) };
}

function serialise(era: Era, tools: readonly Tool[], start: number): SerialisedResult {
  const page = tools.slice(start, start + PAGE_SIZE);
  const isLast = start + PAGE_SIZE >= tools.length;
  const result = {
    tools: page.map(({ definition }) => definitionInForm(era, definition)),
    ...(!isLast && { nextCursor: cursorOf('tools', nameOf(page.at(-1)!)) }),
  };
  return new SerialisedResult(JSON.stringify(cacheableInForm(era, result, LIST_TTL_MS)));
}
