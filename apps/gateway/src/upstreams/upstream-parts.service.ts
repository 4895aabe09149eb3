import { Injectable } from '@nestjs/common';
import { Changes } from '#gateway/tools/changes.js';
import type { PromptProvider, ResourceProvider } from '#gateway/tools/tool-source.js';
import type { Upstream } from './upstream.js';
import { ReplicaNews } from '#gateway/replicas/replica-news.service.js';
import { UpstreamPrompts } from './upstream-prompts.js';
import { UpstreamRegistry } from './upstream-registry.js';
import { UpstreamResources } from './upstream-resources.js';
import { TOGETHER } from './upstream-view.js';

/** What mounts that are put together of several upstreams are made of. Names and addresses are those of `/mcp`. */
@Injectable()
export class UpstreamParts {
  constructor(
    private readonly registry: UpstreamRegistry,
    private readonly changes: Changes,
    readonly news: ReplicaNews,
  ) {}

  /** Of those of these upstreams that there are, at any time. */
  resourcesOf(names: readonly string[]): ResourceProvider {
    return new UpstreamResources(() => this.those(names), TOGETHER);
  }

  promptsOf(names: readonly string[]): PromptProvider {
    return new UpstreamPrompts(() => this.those(names), TOGETHER);
  }

  /**
   * Has news of resources told at mounts that show them.
   * @param namesAt upstreams whose resources a mount shows, by its path
   */
  tellOf(namesAt: (mount: string) => readonly string[]): void {
    this.registry.onChange(({ name, spec }, news) => {
      if (news.kind !== 'resource') return;
      const uri = TOGETHER.uri(spec, news.uri);
      for (const { mount, uri: wanted } of this.changes.wantedNow()) {
        if (wanted === uri && namesAt(mount).includes(name)) this.changes.tell({ kind: 'resource', uri, mount });
      }
    });
    this.changes.whileWanted(({ mount, uri }) => {
      const names = namesAt(mount);
      return names.length === 0 ? undefined : new UpstreamResources(() => this.those(names), TOGETHER).watch(uri);
    });
  }

  private those(names: readonly string[]): Upstream[] {
    return names.flatMap((name) => this.registry.find(name) ?? []);
  }
}
