import type { UpstreamSpec } from '#config/upstreams-file.js';
import type { ToolDefinition } from '#gateway/tools/tool.js';
import type { UpstreamNews } from './upstream-connection.js';
import type { ListName, UpstreamLists } from './upstream-lists.js';
import { type CarryTool, UpstreamTool } from './upstream-tool.js';
import { TOGETHER, VERBATIM } from './upstream-view.js';

type ListKind = Exclude<UpstreamNews['kind'], 'resource'>;

const EMPTY: UpstreamLists = { tools: [], prompts: [], resources: [], templates: [] };

const KIND_OF: Readonly<Record<ListName, ListKind>> = {
  tools: 'tools',
  prompts: 'prompts',
  resources: 'resources',
  templates: 'resources',
};

/** What an upstream offers now. What stays the same stays the same objects: what is known of a tool goes on. */
export class UpstreamOffer {
  lists: UpstreamLists = EMPTY;
  /** Under the names of `/mcp`. */
  mounted: readonly UpstreamTool[] = [];
  verbatim: readonly UpstreamTool[] = [];
  private texts: Readonly<Partial<Record<ListName, string>>> = {};

  /** @param carrierOf who carries the calls of a tool */
  constructor(
    private readonly spec: UpstreamSpec,
    private readonly carrierOf: (own: ToolDefinition) => CarryTool,
  ) {}

  /** False until it has been said for the first time what there is. */
  get known(): boolean {
    return this.lists !== EMPTY;
  }

  /** @returns which lists are others than before */
  exchange(lists: UpstreamLists): ReadonlySet<ListKind> {
    const names = Object.keys(KIND_OF) as ListName[];
    const texts = Object.fromEntries(names.map((name) => [name, JSON.stringify(lists[name])]));
    const others = names.filter((name) => this.texts[name] !== texts[name]);
    this.texts = texts;
    this.lists = lists;
    if (others.includes('tools')) this.makeTools(lists.tools);
    return new Set(others.map((name) => KIND_OF[name]));
  }

  private makeTools(tools: readonly ToolDefinition[]): void {
    const known = new Map(this.mounted.map((tool) => [tool.own.name, tool]));
    this.mounted = tools.map((own) => {
      const before = known.get(own.name);
      const isSame = before && JSON.stringify(before.own) === JSON.stringify(own);
      return isSame ? before : new UpstreamTool(this.spec, own, TOGETHER, this.carrierOf(own));
    });
    const same = new Map(this.verbatim.map((tool) => [tool.aliasOf, tool]));
    this.verbatim = this.mounted.map(
      (tool) => same.get(tool) ?? new UpstreamTool(this.spec, tool.own, VERBATIM, this.carrierOf(tool.own), tool),
    );
  }
}
