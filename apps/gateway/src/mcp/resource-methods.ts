import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { SILENT } from '#gateway/tools/call-channel.js';
import type { Mount } from '#gateway/tools/mount.js';
import type { ResourceDefinition, ResourceProvider, ResourceTemplate, ToolSource } from '#gateway/tools/tool-source.js';
import { isInputRequired } from '#gateway/tools/tool.js';
import { ResourceNotFound } from '#gateway/tools/tools.errors.js';
import { RPC, RpcError } from './json-rpc.js';
import type { McpRequest } from './mcp-request.js';
import { badCursor, cursorOf, ordered, pageOf, positionOf } from './pages.js';
import { cacheableInForm, LIST_TTL_MS } from './result-form.js';
import { SourceAudit } from './source-audit.js';

const templateOf = ({ uriTemplate }: ResourceTemplate) => uriTemplate;

/** A source that has resources. */
export type WithResources = ToolSource & { readonly resources: ResourceProvider };

/** The resources of all sources as one list. An address belongs to the first source that answers for it. */
@Injectable()
export class ResourceMethods {
  constructor(private readonly audit: SourceAudit) {}

  ownerOf(mount: Mount, uri: string): WithResources | undefined {
    return ownersOf(mount).find(({ resources }) => resources.owns(uri));
  }

  ownerOfTemplate(mount: Mount, caller: Caller, template: string): WithResources | undefined {
    return ownersOf(mount).find(({ resources }) =>
      resources.templates(caller).some((one) => templateOf(one) === template),
    );
  }

  /** @throws RpcError for a cursor that is none, and what the sources throw */
  async list(request: McpRequest): Promise<object> {
    const { items, nextCursor } = await this.page(request, request.params['cursor']);
    const result = { resources: items, ...(nextCursor !== undefined && { nextCursor }) };
    return cacheableInForm(request.era, result, LIST_TTL_MS);
  }

  /** One page of one source: a list's cursor names the source, and holds the source's own. */
  async page(
    request: Pick<McpRequest, 'mount' | 'caller' | 'signal' | 'channel'>,
    cursor: unknown,
  ): Promise<{ readonly items: readonly ResourceDefinition[]; readonly nextCursor?: string }> {
    const { mount } = request;
    const owners = ownersOf(mount);
    let { index, inner } = placeOf(owners, cursor);
    for (; index < owners.length; index++, inner = undefined) {
      const source = owners[index]!;
      const { items, nextCursor } = await source.resources.list(request, inner);
      const own = items.filter(({ uri }) => this.ownerOf(mount, uri) === source);
      if (nextCursor !== undefined) return { items: own, nextCursor: cursorOf('resources', [source.name, nextCursor]) };
      const next = owners[index + 1];
      if (own.length > 0 && next) return { items: own, nextCursor: cursorOf('resources', [next.name, null]) };
      if (own.length > 0) return { items: own };
    }
    return { items: [] };
  }

  templates({ mount, era, caller, params }: McpRequest): object {
    const { items, nextCursor } = pageOf('templates', this.templatesFor(mount, caller), templateOf, params['cursor']);
    const result = { resourceTemplates: items, ...(nextCursor !== undefined && { nextCursor }) };
    return cacheableInForm(era, result, LIST_TTL_MS);
  }

  templatesFor(mount: Mount, caller: Caller): readonly ResourceTemplate[] {
    const all = ownersOf(mount).flatMap(({ resources }) => resources.templates(caller));
    return ordered(all, templateOf);
  }

  /** Whether there is such a resource that this caller may read. */
  async isReadable(mount: Mount, uri: string, caller: Caller, signal: AbortSignal): Promise<boolean> {
    try {
      const owner = this.ownerOf(mount, uri);
      await owner?.resources.read({ caller, signal, channel: SILENT }, uri);
      return owner !== undefined;
    } catch {
      return false;
    }
  }

  /** @throws RpcError, ResourceNotFound */
  async read(request: McpRequest): Promise<object> {
    const { uri } = request.params;
    if (typeof uri !== 'string')
      throw new RpcError(RPC.INVALID_PARAMS, 'params.uri must be the address of a resource.');
    const owner = this.ownerOf(request.mount, uri);
    const answer = await this.audit.record(request, owner?.name, uri, async () => {
      if (!owner) throw new ResourceNotFound(uri);
      return owner.resources.read(request, uri);
    });
    // What a resource holds may change at any time.
    return isInputRequired(answer) ? answer : cacheableInForm(request.era, answer, 0);
  }
}

const ownersOf = ({ directory }: Mount): readonly WithResources[] =>
  directory.sources.filter((source): source is WithResources => source.resources !== undefined);

function placeOf(owners: readonly WithResources[], cursor: unknown): { index: number; inner: string | undefined } {
  if (cursor === undefined) return { index: 0, inner: undefined };
  const position = positionOf('resources', cursor);
  if (!Array.isArray(position)) throw badCursor();
  const [name, inner] = position as unknown[];
  const index = owners.findIndex((source) => source.name === name);
  if (index === -1 || (inner !== null && typeof inner !== 'string')) throw badCursor();
  return { index, inner: inner ?? undefined };
}
