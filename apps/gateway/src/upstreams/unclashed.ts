import { prefixOf, SEPARATOR } from './upstream-names.js';
import type { Upstream } from './upstream.js';
import type { UpstreamTool } from './upstream-tool.js';

/**
 * The tools of all upstreams without those whose name belongs to another: with a prefix of one's own nobody's can be
 * taken, so whoever has none must not begin like one, and of two that share one the first by name is heard.
 */
export function unclashed(upstreams: readonly Upstream[]): readonly UpstreamTool[] {
  const owners = new Map<string, Upstream>();
  for (const upstream of upstreams) {
    const prefix = prefixOf(upstream.spec);
    if (prefix !== '' && !owners.has(prefix)) owners.set(prefix, upstream);
  }
  const isTaken = (upstream: Upstream, name: string): boolean => {
    const end = name.indexOf(SEPARATOR);
    const owner = end === -1 ? undefined : owners.get(name.slice(0, end));
    return owner !== undefined && owner !== upstream;
  };
  return upstreams.flatMap((upstream) =>
    upstream.mountedTools.filter(({ definition }) => !isTaken(upstream, definition.name)),
  );
}
