import { Inject, Injectable } from '@nestjs/common';
import { Changes } from '#gateway/tools/changes.js';
import { MAIN_PATH } from '#gateway/tools/mount.js';
import type { Tool } from '#gateway/tools/tool.js';
import { ToolSource } from '#gateway/tools/tool-source.js';
import { UpstreamPrompts } from './upstream-prompts.js';
import { UpstreamRegistry } from './upstream-registry.js';
import { UpstreamResources } from './upstream-resources.js';
import { unclashed } from './unclashed.js';
import { TOGETHER } from './upstream-view.js';

/** What all upstreams offer at `/mcp`, under names that say where it comes from. */
@Injectable()
export class UpstreamsSource extends ToolSource {
  readonly name = 'upstreams';
  override readonly resources: UpstreamResources;
  override readonly prompts: UpstreamPrompts;
  private offered: readonly Tool[] | undefined;

  constructor(
    @Inject(UpstreamRegistry) private readonly registry: UpstreamRegistry,
    changes: Changes,
  ) {
    super();
    const upstreams = () => registry.all.values();
    this.resources = new UpstreamResources(upstreams, TOGETHER);
    this.prompts = new UpstreamPrompts(upstreams, TOGETHER);
    registry.onChange(({ spec }, news) => {
      if (news.kind === 'tools') this.offered = undefined;
      if (news.kind === 'resource') {
        changes.tell({ kind: 'resource', uri: TOGETHER.uri(spec, news.uri), mount: MAIN_PATH });
      }
    });
    changes.whileWanted(({ mount, uri }) => (mount === MAIN_PATH ? this.resources.watch(uri) : undefined));
  }

  override get settling(): Promise<void> | undefined {
    return this.registry.settling;
  }

  override get ttlMs(): number | undefined {
    let shortest: number | undefined;
    for (const { ttlMs } of this.registry.all.values()) {
      if (ttlMs !== undefined && !(shortest !== undefined && shortest <= ttlMs)) shortest = ttlMs;
    }
    return shortest;
  }

  tools(): readonly Tool[] {
    return (this.offered ??= unclashed([...this.registry.all.values()]));
  }
}
