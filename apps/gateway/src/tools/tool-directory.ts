import { Inject, Injectable } from '@nestjs/common';
import { type Caller, TIERS, type Tier } from '#core/caller.js';
import type { Tool } from './tool.js';
import { ToolAudiences } from './tool-audiences.js';
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
  private readonly byName = new Map<string, Namesakes>();
  /** By name. */
  private ordered: readonly Namesakes[] = [];
  private version: object = {};
  private readonly people = new ToolAudiences();

  constructor(@Inject(TOOL_SOURCES) readonly sources: readonly ToolSource[]) {}

  /** The tool of this name; undefined where there is none that this caller may see. */
  find(caller: Caller, name: string): Tool | undefined {
    this.refresh();
    return this.byName.get(name)?.seenBy(caller);
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
    this.refresh();
    const visible: Tool[] = [];
    for (const namesakes of this.ordered) {
      const tool = namesakes.seenBy(caller);
      if (tool) visible.push(tool);
    }
    return visible;
  }

  /** Every tool that can be called, whoever may see it, ordered by name. */
  all(): readonly Tool[] {
    this.refresh();
    const all: Tool[] = [];
    for (const { tools } of this.ordered) for (let i = 0; i < tools.length; i++) all.push(tools[i]!);
    return all;
  }

  /** Those of one name, whoever may see them, in the order in which they count. */
  named(name: string): readonly Tool[] {
    this.refresh();
    return this.byName.get(name)?.tools ?? [];
  }

  /** Another object than before when there are other tools than before. */
  get revision(): object {
    this.refresh();
    return this.version;
  }

  /** Whom the tools are for. */
  get audiences(): ToolAudiences {
    this.refresh();
    return this.people;
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

  private refresh(): void {
    const { sources, seen } = this;
    let same = seen.length === sources.length;
    for (let i = 0; same && i < sources.length; i++) same = sources[i]!.tools() === seen[i];
    if (!same) this.merge();
  }

  /** Only what is named as a tool that came or went is put together anew: one change among thousands costs little. */
  private merge(): void {
    const now = this.sources.map((source) => source.tools());
    const touched = new Set<string>();
    for (const [i, tools] of now.entries()) addDifferences(touched, this.seen[i] ?? [], tools);
    this.seen = now;
    const gathered = new Map<string, Tool[]>();
    for (const tools of now) for (const tool of tools) gather(gathered, touched, tool);
    let isOther = false;
    for (const name of touched) {
      const tools = gathered.get(name);
      const namesakes = this.byName.get(name);
      isOther ||= (tools === undefined) !== (namesakes === undefined);
      this.people.replace(namesakes?.tools ?? NONE, tools ?? NONE);
      if (!tools) this.byName.delete(name);
      else if (namesakes) namesakes.tools = tools;
      else this.byName.set(name, new Namesakes(name, tools));
    }
    if (isOther) this.ordered = [...this.byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    this.version = {};
  }
}

/** Names of the tools that are in one of the lists alone. Most lists begin and end as they did. */
function addDifferences(names: Set<string>, before: readonly Tool[], now: readonly Tool[]): void {
  let start = 0;
  let [beforeEnd, end] = [before.length, now.length];
  while (start < beforeEnd && start < end && before[start] === now[start]) start++;
  while (beforeEnd > start && end > start && before[beforeEnd - 1] === now[end - 1]) {
    beforeEnd--;
    end--;
  }
  const old = new Set(before.slice(start, beforeEnd));
  for (const tool of now.slice(start, end)) if (!old.delete(tool)) names.add(tool.definition.name);
  for (const tool of old) names.add(tool.definition.name);
}

function gather(gathered: Map<string, Tool[]>, touched: ReadonlySet<string>, tool: Tool): void {
  const { name } = tool.definition;
  if (!touched.has(name)) return;
  const named = gathered.get(name);
  if (!named) gathered.set(name, [tool]);
  else if (named.at(-1)!.tenants !== undefined) named.push(tool);
}

const NONE: readonly Tool[] = [];

/** More than these are looked for by tenant. */
const FEW = 4;

/** The tools of one name, in the order in which they count; nearly always there is one. */
class Namesakes {
  private byTenant: ReadonlyMap<string, Tool> | undefined;

  constructor(
    readonly name: string,
    private all: readonly Tool[],
  ) {}

  get tools(): readonly Tool[] {
    return this.all;
  }

  set tools(tools: readonly Tool[]) {
    this.all = tools;
    this.byTenant = undefined;
  }

  /** The first one that is for this tenant, if the caller may see it. */
  seenBy(caller: Caller): Tool | undefined {
    const tool = this.tools.length > FEW ? this.among(caller.tenant) : this.first(caller.tenant);
    return tool && isVisible(tool, caller) ? tool : undefined;
  }

  private first(tenant: string): Tool | undefined {
    for (const tool of this.tools) if (tool.tenants === undefined || tool.tenants.has(tenant)) return tool;
    return undefined;
  }

  /** One that is for all is the last. */
  private among(tenant: string): Tool | undefined {
    const last = this.tools.at(-1)!;
    return (this.byTenant ??= firstsOf(this.tools)).get(tenant) ?? (last.tenants === undefined ? last : undefined);
  }
}

function firstsOf(tools: readonly Tool[]): ReadonlyMap<string, Tool> {
  const firsts = new Map<string, Tool>();
  for (const tool of tools) {
    for (const tenant of tool.tenants ?? []) if (!firsts.has(tenant)) firsts.set(tenant, tool);
  }
  return firsts;
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
