import { hash } from 'node:crypto';
import type { UpstreamSpec } from '#config/upstreams-file.js';
import type { Tier } from '#core/caller.js';
import { economicsOf, shownDefinition } from '#gateway/results/economics.schema.js';
import type { JsonObject, Tool, ToolAnswer, ToolCall, ToolDefinition, ToolEconomics } from '#gateway/tools/tool.js';
import { termsOf } from './upstream-terms.js';
import { mapBlocks, mapToolMeta, unmapArguments } from './upstream-uris.js';
import type { UpstreamView } from './upstream-view.js';

/** Carries a call to the upstream, and brings its result, or what it asks for. */
export type CarryTool = (tool: UpstreamTool, call: ToolCall) => Promise<JsonObject>;

/** A tool of an upstream, as it is named on one kind of mount. */
export class UpstreamTool implements Tool {
  readonly definition: ToolDefinition;
  readonly upstream: string;
  readonly tier: Tier;
  readonly scopes: readonly string[];
  readonly tenants?: ReadonlySet<string>;
  readonly timeoutMs: number;
  readonly idempotent: boolean;
  readonly cacheSeconds: number;
  readonly revision: string;
  readonly maxResultBytes: number;
  readonly concurrency?: number;
  readonly upstreamConcurrency?: number;
  readonly economics: ToolEconomics;
  readonly guarded = true;

  /**
   * @param own as the upstream names and describes it
   * @param aliasOf the same tool where everything is together
   */
  constructor(
    private readonly spec: UpstreamSpec,
    readonly own: ToolDefinition,
    private readonly view: UpstreamView,
    private readonly carry: CarryTool,
    readonly aliasOf?: Tool,
  ) {
    const terms = termsOf(spec, own);
    // Where everything is as it is, too, what is too large to be told is kept; nothing else is changed.
    this.economics = view.verbatim ? { ...NO_ECONOMICS, spill: spill(spec) } : economicsOf(wanted(spec), own);
    this.definition = view.verbatim ? own : shownDefinition(definitionAt(spec, own, view), this.economics);
    this.upstream = spec.name;
    this.tier = terms.tier;
    this.scopes = terms.scopes;
    if (spec.tenants) this.tenants = new Set(spec.tenants);
    this.timeoutMs = terms.timeoutMs;
    this.idempotent = terms.idempotent;
    this.cacheSeconds = terms.cacheSeconds;
    this.maxResultBytes = terms.maxResultBytes;
    if (terms.concurrency !== undefined) this.concurrency = terms.concurrency;
    if (spec.concurrency !== undefined) this.upstreamConcurrency = spec.concurrency;
    this.revision = hash('sha256', JSON.stringify([own, spec, view.verbatim])).slice(0, 16);
  }

  /** The upstream judges them: it knows its schema best, and says what is wrong in words. */
  check(given: JsonObject): JsonObject {
    return this.view.verbatim ? given : unmapArguments(this.spec.name, given);
  }

  async call(call: ToolCall): Promise<ToolAnswer> {
    const { spec, view } = this;
    const result = await this.carry(this, call);
    const { content } = result;
    if (view.verbatim || !Array.isArray(content)) return result as unknown as ToolAnswer;
    const mapped = mapBlocks(content as JsonObject[], (uri) => view.uri(spec, uri));
    return (mapped === content ? result : { ...result, content: mapped }) as unknown as ToolAnswer;
  }
}

const NO_ECONOMICS: ToolEconomics = { spill: false, select: false, deduplicate: false };

const spill = ({ results }: UpstreamSpec): boolean => results?.spill ?? true;

const wanted = (spec: UpstreamSpec): ToolEconomics => ({ ...NO_ECONOMICS, ...spec.results, spill: spill(spec) });

function definitionAt(spec: UpstreamSpec, own: ToolDefinition, view: UpstreamView): ToolDefinition {
  const { _meta } = own;
  return {
    ...own,
    name: view.name(spec, own.name),
    ...(_meta && { _meta: mapToolMeta(_meta, (uri) => view.uri(spec, uri)) }),
  };
}
