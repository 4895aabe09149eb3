import { isPattern, type VirtualServerSpec, type VirtualToolEntry } from '#config/virtual-servers.js';
import type { Tool } from '#gateway/tools/tool.js';
import type { ToolDirectory } from '#gateway/tools/tool-directory.js';
import { type PromptProvider, type ResourceProvider, ToolSource } from '#gateway/tools/tool-source.js';
import { unknownArguments } from './alias-schema.js';
import { aliasTool, isUnchanged } from './alias-tool.js';

/** A selected tool that is not shown, and why, for an operator. */
export interface Unresolved {
  readonly tool: string;
  readonly reason: string;
}

/** A tool that is shown, and the name that it has at `/mcp`. */
export interface Selected {
  readonly from: string;
  readonly tool: Tool;
}

interface Selection {
  readonly selected: readonly Selected[];
  readonly unresolved: readonly Unresolved[];
}

/** What providers of one's own there are beside the tools. */
export interface Beside {
  readonly resources?: ResourceProvider;
  readonly prompts?: PromptProvider;
}

/** The tools of the main directory that a virtual server selects, under the names that it gives them. */
export class VirtualSource extends ToolSource {
  readonly name: string;
  private revision: object | undefined;
  private selection: Selection = { selected: [], unresolved: [] };
  private offered: readonly Tool[] = [];
  private readonly aliases = new WeakMap<Tool, Map<VirtualToolEntry, Tool>>();

  constructor(
    private readonly spec: VirtualServerSpec,
    private readonly directory: ToolDirectory,
    { resources, prompts }: Beside,
  ) {
    super();
    this.name = spec.name;
    if (resources) Object.assign(this, { resources });
    if (prompts) Object.assign(this, { prompts });
  }

  override get settling(): Promise<void> | undefined {
    return this.directory.settling;
  }

  tools(): readonly Tool[] {
    const { revision } = this.directory;
    if (revision !== this.revision) {
      this.selection = this.select();
      this.revision = revision;
      const now = this.selection.selected.map(({ tool }) => tool);
      const isSame = now.length === this.offered.length && now.every((tool, at) => tool === this.offered[at]);
      if (!isSame) this.offered = now;
    }
    return this.offered;
  }

  /** What came of each selected tool, now. */
  current(): Selection {
    this.tools();
    return this.selection;
  }

  /**
   * Tools that are named count before those that a pattern finds. Of one name there may be a tool for each tenant: all of
   * them are selected, in the order in which they count, and each caller is shown the one that he has at `/mcp`.
   */
  private select(): Selection {
    const all = Map.groupBy(this.directory.all(), ({ definition }) => definition.name);
    const selected: Selected[] = [];
    const unresolved: Unresolved[] = [];
    for (const entry of this.spec.tools) {
      if (isPattern(entry)) continue;
      const { fit, reasons } = judged(all.get(entry.tool) ?? [], entry);
      for (const tool of fit) selected.push({ from: entry.tool, tool: this.shown(tool, entry) });
      for (const reason of reasons) unresolved.push({ tool: entry.tool, reason });
    }
    const named = new Set(this.spec.tools.map(({ tool }) => tool));
    const done = new Set(named);
    const taken = new Set(selected.map(({ tool }) => tool.definition.name));
    for (const { tool: pattern } of this.spec.tools.filter(isPattern)) {
      const fits = matcher(pattern);
      let finds = false;
      for (const [name, tools] of all) {
        if (!fits(name)) continue;
        finds ||= !named.has(name);
        if (done.has(name)) continue;
        done.add(name);
        if (taken.has(name)) unresolved.push({ tool: name, reason: 'another tool is given its name' });
        else for (const tool of tools) selected.push({ from: name, tool });
      }
      if (!finds) unresolved.push({ tool: pattern, reason: 'no tool is named so' });
    }
    return { selected, unresolved };
  }

  /** The same object as long as the original is. */
  private shown(original: Tool, entry: VirtualToolEntry): Tool {
    if (isUnchanged(entry)) return original;
    let ofTool = this.aliases.get(original);
    if (!ofTool) this.aliases.set(original, (ofTool = new Map()));
    let alias = ofTool.get(entry);
    if (!alias) ofTool.set(entry, (alias = aliasTool(original, entry)));
    return alias;
  }
}

/** Those of one name that are shown, and why others are not. */
function judged(tools: readonly Tool[], entry: VirtualToolEntry) {
  if (tools.length === 0) return { fit: [], reasons: ['there is no such tool'] };
  const refusals = tools.map((tool) => refusal(tool, entry));
  const fit = tools.filter((_tool, at) => refusals[at] === undefined);
  return { fit, reasons: new Set(refusals.filter((reason) => reason !== undefined)) };
}

/** Why it is not shown. What is fixed is often a limit: where there is no such argument any more, nobody calls the tool. */
function refusal(tool: Tool, { fixed }: VirtualToolEntry): string | undefined {
  const unknown = unknownArguments(tool.definition.inputSchema, fixed);
  return unknown.length === 0 ? undefined : `it has no argument ${unknown.join(', ')} that could be fixed`;
}

/** `*` stands for any run of characters. */
function matcher(pattern: string): (name: string) => boolean {
  const source = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const expression = new RegExp(`^${source.join('[^]*')}$`);
  return (name) => expression.test(name);
}
