import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { ToolSearch } from '#gateway/tool-search/tool-search.service.js';
import { Changes } from '#gateway/tools/changes.js';
import { MAIN_PATH, type Mount, MountProvider } from '#gateway/tools/mount.js';
import type { Tool } from '#gateway/tools/tool.js';
import { COMMON_SOURCES, ToolDirectory } from '#gateway/tools/tool-directory.js';
import { ToolSource } from '#gateway/tools/tool-source.js';
import type { Upstream } from './upstream.js';
import { UpstreamPrompts } from './upstream-prompts.js';
import { UpstreamRegistry } from './upstream-registry.js';
import { UpstreamResources } from './upstream-resources.js';
import { VERBATIM } from './upstream-view.js';

const pathOf = (name: string) => `${MAIN_PATH}/u/${name}`;

/** One upstream's tools, resources and prompts as it has them. */
class VerbatimSource extends ToolSource {
  override readonly resources: UpstreamResources;
  override readonly prompts: UpstreamPrompts;

  constructor(
    private readonly upstream: Upstream,
    private readonly registry: UpstreamRegistry,
  ) {
    super();
    this.resources = new UpstreamResources(() => [upstream], VERBATIM);
    this.prompts = new UpstreamPrompts(() => [upstream], VERBATIM);
  }

  get name(): string {
    return this.upstream.name;
  }

  override get settling(): Promise<void> | undefined {
    return this.registry.settling;
  }

  override get ttlMs(): number | undefined {
    return this.upstream.ttlMs;
  }

  tools(): readonly Tool[] {
    return this.upstream.verbatimTools;
  }
}

/** `/mcp/u/<upstream>`: one upstream as it is, names and addresses untouched. */
@Injectable()
export class UpstreamMounts extends MountProvider {
  readonly folder = 'u';
  private readonly mounts = new WeakMap<Upstream, Mount>();

  constructor(
    private readonly registry: UpstreamRegistry,
    changes: Changes,
    private readonly search: ToolSearch,
    @Inject(COMMON_SOURCES) private readonly common: readonly ToolSource[],
  ) {
    super();
    registry.onChange(({ name }, news) => {
      if (news.kind === 'resource') changes.tell({ kind: 'resource', uri: news.uri, mount: pathOf(name) });
    });
    changes.whileWanted(({ mount, uri }) => {
      const name = mount.startsWith(pathOf('')) ? mount.slice(pathOf('').length) : undefined;
      return name === undefined ? undefined : registry.find(name)?.connection.subscribe(uri);
    });
  }

  find(name: string, caller: Caller): Mount | undefined {
    const upstream = this.registry.find(name);
    if (!upstream?.isVisibleTo(caller)) return undefined;
    let mount = this.mounts.get(upstream);
    if (!mount) {
      const { description, search } = upstream.spec;
      mount = {
        path: pathOf(name),
        directory: new ToolDirectory([...this.common, new VerbatimSource(upstream, this.registry)]),
        ...(description !== undefined && { instructions: description }),
      };
      if (search) mount = this.search.over(mount);
      this.mounts.set(upstream, mount);
    }
    return mount;
  }
}
