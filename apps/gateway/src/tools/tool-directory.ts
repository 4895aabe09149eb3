import { Inject, Injectable } from '@nestjs/common';
import { type Caller, TIERS, type Tier } from '#core/caller.js';
import type { Tool } from './tool.js';
import { ToolSource } from './tool-source.js';

/** Injection token of the sources that every mount has beside its own. They come first: a mount may answer for any address. */
export const COMMON_SOURCES = Symbol('COMMON_SOURCES');

/** Injection token of every source, in the order in which names are given out. */
export const TOOL_SOURCES = Symbol('TOOL_SOURCES');

const RANK = Object.fromEntries(TIERS.map((tier, rank) => [tier, rank])) as Record<Tier, number>;

/**
 * Every tool of every source, and who sees which. Of two tools of one name the first source's counts; tools that are for
 * some tenants only are in nobody else's way.
 */
@Injectable()
export class ToolDirectory {
  private seen: readonly (readonly Tool[])[] = [];
  /** Those of one name, in the order in which they count; nearly always there is one. */
  private byName: ReadonlyMap<string, readonly Tool[]> = new Map();

  constructor(@Inject(TOOL_SOURCES) readonly sources: readonly ToolSource[]) {}

  /** The tool of this name; undefined where there is none that this caller may see. */
  find(caller: Caller, name: string): Tool | undefined {
    const named = this.current().get(name);
    return named && seenBy(caller, named);
  }

  /** As `find`, of what sources are still finding out too: as soon as it is there, or when they have waited long enough. */
  async findSettled(caller: Caller, name: string): Promise<Tool | undefined> {
    for (;;) {
      const tool = this.find(caller, name);
      const settling = tool ? undefined : this.unsettled()?.settling;
      if (!settling) return tool;
      await settling;
    }
  }

  /** What this caller may see, ordered by name. */
  visibleTo(caller: Caller): readonly Tool[] {
    const visible: Tool[] = [];
    for (const named of this.current().values()) {
      const tool = seenBy(caller, named);
      if (tool) visible.push(tool);
    }
    return visible;
  }

  /** Every tool that can be called, whoever may see it. */
  *all(): Iterable<Tool> {
    for (const named of this.current().values()) yield* named;
  }

  /** Another object than before when there are other tools than before. */
  get revision(): object {
    return this.current();
  }

  /** Undefined once every source has said what it offers, or was given up waiting for; until then, when that is. Never rejects. */
  get settling(): Promise<void> | undefined {
    return this.unsettled()?.settling?.then(() => this.settling);
  }

  private unsettled(): ToolSource | undefined {
    const { sources } = this;
    for (let i = 0; i < sources.length; i++) if (sources[i]!.settling) return sources[i];
    return undefined;
  }

  /** How long a list may be kept, as its sources say: the shortest, in milliseconds. */
  get ttlMs(): number {
    let shortest = Infinity;
    for (const { ttlMs } of this.sources) if (ttlMs !== undefined && ttlMs < shortest) shortest = ttlMs;
    return shortest;
  }

  private current(): ReadonlyMap<string, readonly Tool[]> {
    const { sources, seen } = this;
    let same = seen.length === sources.length;
    for (let i = 0; same && i < sources.length; i++) same = sources[i]!.tools() === seen[i];
    if (!same) this.merge();
    return this.byName;
  }

  private merge(): void {
    this.seen = this.sources.map((source) => source.tools());
    const merged = new Map<string, Tool[]>();
    for (const tool of this.seen.flat()) {
      const named = merged.get(tool.definition.name);
      if (!named) merged.set(tool.definition.name, [tool]);
      else if (named.at(-1)!.tenants !== undefined) named.push(tool);
    }
    this.byName = new Map([...merged].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** Of tools of one name: the first one that is for this tenant, if the caller may see it. */
function seenBy(caller: Caller, named: readonly Tool[]): Tool | undefined {
  for (const tool of named) {
    if (tool.tenants === undefined || tool.tenants.has(caller.tenant))
      return isVisible(tool, caller) ? tool : undefined;
  }
  return undefined;
}

/** What decides who sees something. */
export type Visibility = Pick<Tool, 'tier' | 'scopes' | 'orScopes' | 'tenants'>;

export function isVisible({ tier, scopes, orScopes, tenants }: Visibility, caller: Caller): boolean {
  if (tenants !== undefined && !tenants.has(caller.tenant)) return false;
  if (RANK[caller.tier] < RANK[tier]) return false;
  return holds(caller, scopes) || (orScopes !== undefined && holds(caller, orScopes));
}

function holds(caller: Caller, scopes: readonly string[]): boolean {
  for (const scope of scopes) if (!caller.scopes.has(scope)) return false;
  return true;
}
