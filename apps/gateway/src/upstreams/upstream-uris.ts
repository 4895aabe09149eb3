import type { JsonObject } from '#gateway/tools/tool.js';

const MOUNTED = /^([a-z][a-z0-9-]{0,31})\+(.+)$/s;

/** An upstream's address where everything is together: `docs+file:///a`. Templates are addresses with holes, and go likewise. */
export const mountedUri = (upstream: string, uri: string): string => `${upstream}+${uri}`;

/** Whose it is, and what it is called there; undefined for what is no address of an upstream. */
export function originOfUri(uri: string): { readonly upstream: string; readonly uri: string } | undefined {
  const [, upstream, own] = MOUNTED.exec(uri) ?? [];
  return upstream === undefined || own === undefined ? undefined : { upstream, uri: own };
}

type MapUri = (uri: string) => string;

/** A content block (`resource_link`, an embedded `resource`) with its addresses mapped; the same object where it has none. */
export function mapBlock<T extends JsonObject>(block: T, map: MapUri): T {
  if (block['type'] === 'resource_link' && typeof block['uri'] === 'string')
    return { ...block, uri: map(block['uri']) };
  const { resource } = block;
  if (block['type'] !== 'resource' || typeof resource !== 'object' || resource === null) return block;
  return { ...block, resource: mapMember(resource as JsonObject, map) };
}

/** The same array where no block has an address. */
export function mapBlocks<T extends JsonObject>(blocks: readonly T[], map: MapUri): readonly T[] {
  let mapped: T[] | undefined;
  for (let i = 0; i < blocks.length; i++) {
    const block = blocks[i]!;
    const one = typeof block === 'object' && block !== null ? mapBlock(block, map) : block;
    if (one !== block) (mapped ??= blocks.slice())[i] = one;
  }
  return mapped ?? blocks;
}

/** What has its address in `uri`: a resource, its contents. */
export const mapMember = <T extends JsonObject>(item: T, map: MapUri): T =>
  typeof item['uri'] === 'string' ? { ...item, uri: map(item['uri']) } : item;

/** Content blocks wherever a prompt's message has them: one, or several. */
export function mapMessage<T extends JsonObject>(message: T, map: MapUri): T {
  const { content } = message;
  if (Array.isArray(content)) return { ...message, content: mapBlocks(content as JsonObject[], map) };
  if (typeof content !== 'object' || content === null) return message;
  return { ...message, content: mapBlock(content as JsonObject, map) };
}

/** `_meta` of a tool, whose user interface (MCP Apps) is a resource of the same upstream. */
export function mapToolMeta(meta: JsonObject, map: MapUri): JsonObject {
  const { ui, 'ui/resourceUri': flat } = meta;
  const nested = ui as JsonObject | undefined;
  const hasNested = typeof nested === 'object' && nested !== null && typeof nested['resourceUri'] === 'string';
  if (!hasNested && typeof flat !== 'string') return meta;
  return {
    ...meta,
    ...(hasNested && { ui: { ...nested, resourceUri: map(nested['resourceUri'] as string) } }),
    ...(typeof flat === 'string' && { 'ui/resourceUri': map(flat) }),
  };
}

/** Arguments with the addresses that were given out mapped back, where one is a whole argument. */
export function unmapArguments(upstream: string, args: JsonObject): JsonObject {
  const prefix = `${upstream}+`;
  let own: Record<string, unknown> | undefined;
  for (const name of Object.keys(args)) {
    const value = args[name];
    if (typeof value !== 'string' || !value.startsWith(prefix) || !SCHEME.test(value.slice(prefix.length))) continue;
    own ??= { ...args };
    own[name] = value.slice(prefix.length);
  }
  return own ?? args;
}

/** RFC 3986 */
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:/;
