import { Inject, Injectable } from '@nestjs/common';
import type { VirtualServerSpec } from '#config/virtual-servers.js';
import { COMMON_SOURCES, ToolDirectory } from '#gateway/tools/tool-directory.js';
import type { ToolSource } from '#gateway/tools/tool-source.js';
import { UpstreamParts } from '#gateway/upstreams/upstream-parts.service.js';
import { VirtualServer } from './virtual-server.js';

/** What each virtual server is built of. */
@Injectable()
export class VirtualServerFactory {
  constructor(
    private readonly directory: ToolDirectory,
    private readonly upstreams: UpstreamParts,
    @Inject(COMMON_SOURCES) private readonly common: readonly ToolSource[],
  ) {}

  make(spec: VirtualServerSpec, origin: VirtualServer['origin']): VirtualServer {
    const { resources, prompts } = spec;
    const { common, directory, upstreams } = this;
    return new VirtualServer(spec, origin, directory, {
      common,
      ...(resources && { resources: upstreams.resourcesOf(resources) }),
      ...(prompts && { prompts: upstreams.promptsOf(prompts) }),
    });
  }
}
