import type { Caller } from '#core/caller.js';
import type { InputRequired, JsonObject } from '#gateway/tools/tool.js';
import { isInputRequired } from '#gateway/tools/tool.js';
import type {
  Completion,
  Listed,
  ResourceAnswer,
  ResourceDefinition,
  ResourceProvider,
  ResourceTemplate,
  SourceRequest,
} from '#gateway/tools/tool-source.js';
import { InvalidResult, ResourceNotFound, UpstreamRpcError } from '#gateway/tools/tools.errors.js';
import { valuesOf } from './upstream-completions.js';
import type { Upstream } from './upstream.js';
import { mapMember } from './upstream-uris.js';
import type { UpstreamView } from './upstream-view.js';

const PAGE = 250;

/** How long a list waits for one upstream. */
const LIST_MS = 2_000;

/** As older revisions say it; 2026-07-28 says -32602, with the address. */
const NOT_FOUND = -32_002;
const INVALID_PARAMS = -32_602;

/** The resources of some upstreams, as one kind of mount shows them. */
export class UpstreamResources implements ResourceProvider {
  /** @param upstreams those that there are now, in the order of their names */
  constructor(
    private readonly upstreams: () => Iterable<Upstream>,
    private readonly view: UpstreamView,
  ) {}

  owns(uri: string): boolean {
    return this.ownerOf(uri) !== undefined;
  }

  async list({ caller, signal }: SourceRequest, cursor: string | undefined): Promise<Listed<ResourceDefinition>> {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(LIST_MS)]);
    const lists = await Promise.all(this.visibleTo(caller).map((upstream) => this.listOf(upstream, caller, deadline)));
    const start = cursor === undefined ? 0 : Number.parseInt(cursor, 10) || 0;
    const all = lists.flat();
    const items = all.slice(start, start + PAGE);
    return start + PAGE < all.length ? { items, nextCursor: String(start + PAGE) } : { items };
  }

  templates(caller: Caller): readonly ResourceTemplate[] {
    return this.visibleTo(caller).flatMap(({ spec, templates }) =>
      templates.map((template) => ({ ...template, uriTemplate: this.view.uri(spec, template.uriTemplate) })),
    );
  }

  /** @throws ResourceNotFound, and what the connection throws */
  async read(request: SourceRequest, uri: string): Promise<ResourceAnswer | InputRequired> {
    const { upstream, own } = this.resolve(request.caller, uri);
    const result = await this.ask(upstream, request, uri, own);
    if (isInputRequired(result)) return result;
    const { contents } = result;
    if (!Array.isArray(contents)) throw new InvalidResult(upstream.name, 'it has no contents');
    const mapped = (contents as JsonObject[]).map((one) =>
      mapMember(one, (each) => this.view.uri(upstream.spec, each)),
    );
    return { ...result, contents: mapped };
  }

  async complete(request: SourceRequest, completion: Completion): Promise<readonly string[]> {
    const { upstream, own } = this.resolve(request.caller, completion.of);
    return valuesOf(upstream, request, { type: 'ref/resource', uri: own }, completion);
  }

  /** @returns how to stop; undefined for an address of nobody here */
  watch(uri: string): (() => void) | undefined {
    const owner = this.ownerOf(uri);
    return owner?.upstream.connection.subscribe(owner.own);
  }

  private async ask(upstream: Upstream, request: SourceRequest, uri: string, own: string): Promise<JsonObject> {
    try {
      const params = { uri: own };
      return await upstream.calls.carry({ ...request, method: 'resources/read', params, idempotent: true });
    } catch (error) {
      if (isNotFound(error, own)) throw new ResourceNotFound(uri);
      throw error;
    }
  }

  /** One upstream that is slow or away costs its own entries only. */
  private async listOf(
    upstream: Upstream,
    caller: Caller,
    signal: AbortSignal,
  ): Promise<readonly ResourceDefinition[]> {
    const { spec } = upstream;
    const resources = await upstream.resourcesFor(caller, signal).catch(() => []);
    return resources.map((resource) => mapMember(resource, (uri) => this.view.uri(spec, uri)));
  }

  private resolve(caller: Caller, uri: string): { readonly upstream: Upstream; readonly own: string } {
    const owner = this.ownerOf(uri);
    if (!owner?.upstream.isVisibleTo(caller)) throw new ResourceNotFound(uri);
    return owner;
  }

  private ownerOf(uri: string): { readonly upstream: Upstream; readonly own: string } | undefined {
    for (const upstream of this.upstreams()) {
      const own = this.view.ownUri(upstream.spec, uri);
      if (own !== undefined) return { upstream, own };
    }
    return undefined;
  }

  private visibleTo(caller: Caller): Upstream[] {
    return [...this.upstreams()].filter((upstream) => upstream.isVisibleTo(caller));
  }
}

function isNotFound(error: unknown, uri: string): boolean {
  if (!(error instanceof UpstreamRpcError)) return false;
  const { rpc_code: code, data } = error.details.members as { rpc_code: number; data?: string };
  if (code === NOT_FOUND) return true;
  return code === INVALID_PARAMS && data !== undefined && (JSON.parse(data) as { uri?: unknown } | null)?.uri === uri;
}
