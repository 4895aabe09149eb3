import { Module } from '@nestjs/common';
import { ToolSearchModule } from '#gateway/tool-search/tool-search.module.js';
import { UpstreamsModule } from '#gateway/upstreams/upstreams.module.js';
import { AdminVirtualServers } from './admin-virtual-servers.js';
import { StoredVirtualServers } from './stored-virtual-servers.js';
import { VirtualMounts } from './virtual-mounts.js';
import { VirtualServerViews } from './virtual-server-views.js';
import { VirtualServerFactory } from './virtual-server-factory.js';
import { VirtualServers } from './virtual-servers.js';
import { VirtualServersController } from './virtual-servers.controller.js';

/** Named selections of tools, each at an address of its own. */
@Module({
  imports: [UpstreamsModule, ToolSearchModule],
  controllers: [VirtualServersController],
  providers: [
    StoredVirtualServers,
    VirtualServerFactory,
    VirtualServers,
    VirtualMounts,
    AdminVirtualServers,
    VirtualServerViews,
  ],
  exports: [VirtualMounts],
})
export class VirtualServersModule {}
