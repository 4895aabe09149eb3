import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { ToolSearch } from '#gateway/tool-search/tool-search.service.js';
import { type Mount, MountProvider } from '#gateway/tools/mount.js';
import { VirtualServers } from './virtual-servers.js';

/** `/mcp/v/<name>`. One that is for other tenants is as if there were none. */
@Injectable()
export class VirtualMounts extends MountProvider {
  readonly folder = 'v';

  constructor(
    private readonly servers: VirtualServers,
    private readonly search: ToolSearch,
  ) {
    super();
  }

  find(name: string, caller: Caller): Mount | undefined {
    const server = this.servers.find(name);
    if (!server?.isVisibleTo(caller)) return undefined;
    return server.spec.search ? this.search.over(server.mount) : server.mount;
  }
}
