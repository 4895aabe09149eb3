import { SILENT } from '#gateway/tools/call-channel.js';
import { isInputRequired, type JsonObject, type ToolDefinition } from '#gateway/tools/tool.js';
import type { PromptDefinition, ResourceDefinition, ResourceTemplate } from '#gateway/tools/tool-source.js';
import { InvalidResult, UpstreamRpcError } from '#gateway/tools/tools.errors.js';
import type { Caller } from '#core/caller.js';
import type { UpstreamConnection } from './upstream-connection.js';

/** Pages and items of one list; an upstream whose lists never end is cut off here. */
const MOST_PAGES = 100;
const MOST_ITEMS = 10_000;

const METHOD_NOT_FOUND = -32_601;

/** Everything that an upstream lists, with its own names. */
export interface UpstreamLists {
  readonly tools: readonly ToolDefinition[];
  readonly prompts: readonly PromptDefinition[];
  readonly resources: readonly ResourceDefinition[];
  readonly templates: readonly ResourceTemplate[];
  /** Milliseconds that the list of tools may be kept, where the upstream says so. */
  readonly ttlMs?: number;
}

/** What is listed, by the capability that promises it: method, member of the result, and what each item must have. */
const LISTS = {
  tools: { capability: 'tools', method: 'tools/list', member: 'tools', key: 'name' },
  prompts: { capability: 'prompts', method: 'prompts/list', member: 'prompts', key: 'name' },
  resources: { capability: 'resources', method: 'resources/list', member: 'resources', key: 'uri' },
  templates: {
    capability: 'resources',
    method: 'resources/templates/list',
    member: 'resourceTemplates',
    key: 'uriTemplate',
  },
} as const;

export type ListName = keyof typeof LISTS;

interface ReadList<T> {
  readonly items: T[];
  readonly ttlMs?: number | undefined;
}

const NONE: ReadList<never> = { items: [] };

/** Reads lists of one upstream to their end. @throws what the connection throws, InvalidResult */
export class ListReader {
  constructor(
    private readonly upstream: string,
    private readonly connection: UpstreamConnection,
  ) {}

  /** @param caller undefined: with the gateway's own credential */
  async all(caller: Caller | undefined, signal: AbortSignal): Promise<UpstreamLists> {
    const { capabilities } = await this.connection.describe(caller, signal);
    const read = <T extends JsonObject>(name: ListName) =>
      capabilities[LISTS[name].capability] ? this.one<T>(name, caller, signal) : [];
    // Tools that work are not lost to prompts that do not.
    const spare = <T extends JsonObject>(name: ListName) => Promise.resolve(read<T>(name)).catch(noneWhereOutOfOrder);
    const [tools, prompts, resources, templates] = await Promise.all([
      capabilities[LISTS.tools.capability] ? this.read<ToolDefinition>('tools', caller, signal) : NONE,
      spare<PromptDefinition>('prompts'),
      spare<ResourceDefinition>('resources'),
      spare<ResourceTemplate>('templates'),
    ]);
    const { ttlMs } = tools;
    return { tools: tools.items, prompts, resources, templates, ...(ttlMs !== undefined && { ttlMs }) };
  }

  /** None where the upstream does not know the method. */
  async one<T extends JsonObject>(name: ListName, caller: Caller | undefined, signal: AbortSignal): Promise<T[]> {
    return (await this.read<T>(name, caller, signal)).items;
  }

  private async read<T extends JsonObject>(
    name: ListName,
    caller: Caller | undefined,
    signal: AbortSignal,
  ): Promise<ReadList<T>> {
    const items: T[] = [];
    let ttlMs: number | undefined;
    let cursor: string | undefined;
    for (let page = 0; page < MOST_PAGES && items.length < MOST_ITEMS; page++) {
      const result = await this.page(name, cursor, caller, signal);
      if (!result) return { items };
      ttlMs = shorter(ttlMs, result['ttlMs']);
      for (const item of this.itemsOf<T>(name, result)) items.push(item);
      const { nextCursor } = result;
      if (typeof nextCursor !== 'string' || nextCursor === cursor) return { items, ttlMs };
      cursor = nextCursor;
    }
    return { items: items.slice(0, MOST_ITEMS), ttlMs };
  }

  private async page(
    name: ListName,
    cursor: string | undefined,
    caller: Caller | undefined,
    signal: AbortSignal,
  ): Promise<JsonObject | undefined> {
    try {
      return await this.connection.request({
        method: LISTS[name].method,
        params: cursor === undefined ? {} : { cursor },
        caller,
        signal,
        channel: SILENT,
        idempotent: true,
      });
    } catch (error) {
      const unknown = error instanceof UpstreamRpcError && error.details.members?.['rpc_code'] === METHOD_NOT_FOUND;
      if (unknown) return undefined;
      throw error;
    }
  }

  /** What has no name, or address, is left out: nobody could ask for it. */
  private itemsOf<T extends JsonObject>(name: ListName, result: JsonObject): T[] {
    const { member, key } = LISTS[name];
    const items = isInputRequired(result) ? undefined : result[member];
    if (!Array.isArray(items)) throw new InvalidResult(this.upstream, `its ${member} are no list`);
    return (items as unknown[]).filter(
      (item): item is T => typeof item === 'object' && item !== null && typeof (item as JsonObject)[key] === 'string',
    );
  }
}

/** The shorter of two times to live; what is none counts as not said. */
function shorter(known: number | undefined, said: unknown): number | undefined {
  if (typeof said !== 'number' || !(said >= 0)) return known;
  return known === undefined ? said : Math.min(known, said);
}

/** An upstream that is away is away; one that answers wrongly is there. */
function noneWhereOutOfOrder(error: unknown): [] {
  if (error instanceof InvalidResult || error instanceof UpstreamRpcError) return [];
  throw error;
}
