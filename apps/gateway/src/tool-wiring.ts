import { type DynamicModule, Global, Module, type Type } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import { BuiltinToolsModule } from './builtin-tools/builtin-tools.module.js';
import { BuiltinToolSource } from './builtin-tools/builtin-tools.source.js';
import { CaptureModule } from './capture/capture.module.js';
import { CaptureService } from './capture/capture.service.js';
import { CatalogueModule } from './catalogue/catalogue.module.js';
import { CatalogueSource } from './catalogue/catalogue.source.js';
import { ControlSource } from './dynamic-tools/control/control.source.js';
import { DynamicToolsModule } from './dynamic-tools/dynamic-tools.module.js';
import { DynamicToolSource } from './dynamic-tools/registry/dynamic-tool.source.js';
import { TakenNames } from './dynamic-tools/registry/taken-names.js';
import { ResultsModule } from './results/results.module.js';
import { ResultsSource } from './results/results.source.js';
import { ToolSearchModule } from './tool-search/tool-search.module.js';
import { ToolSearch } from './tool-search/tool-search.service.js';
import { ToolAudit } from './tools/tool-audit.js';
import { ToolCallMetrics } from './tools/tool-calls.metrics.js';
import { MAIN_MOUNT, MAIN_PATH, type Mount, MOUNT_PROVIDERS, type MountProvider } from './tools/mount.js';
import { COMMON_SOURCES, TOOL_SOURCES, ToolDirectory } from './tools/tool-directory.js';
import { TOOL_CALL_OBSERVERS } from './tools/tool-pipeline.js';
import type { ToolCallObserver } from './tools/tool-request.js';
import type { ToolSource } from './tools/tool-source.js';
import { UpstreamMounts } from './upstreams/upstream-mounts.js';
import { UpstreamsModule } from './upstreams/upstreams.module.js';
import { UpstreamsSource } from './upstreams/upstreams.source.js';
import { VirtualMounts } from './virtual-servers/virtual-mounts.js';
import { VirtualServersModule } from './virtual-servers/virtual-servers.module.js';

const OBSERVERS = [ToolAudit, ToolCallMetrics, CaptureService];

/** On every mount. */
const COMMON = [ResultsSource];

const MOUNTS = [UpstreamMounts, VirtualMounts];

/** Made at start for its effect. */
const NAMES = Symbol('NAMES');

const namesOver = (names: TakenNames, directory: ToolDirectory) => names.over(directory);

/** Where tools come from, in the order in which names are given out, and who is told of calls. */
@Global()
@Module({})
export class ToolWiringModule {
  /** @param more sources beside those of the product, for tests */
  static for(more: readonly Type<ToolSource>[] = []): DynamicModule {
    const sources = [
      BuiltinToolSource,
      ControlSource,
      CatalogueSource,
      UpstreamsSource,
      ...COMMON,
      ...more,
      DynamicToolSource,
    ];
    return {
      module: ToolWiringModule,
      imports: [
        BuiltinToolsModule,
        CatalogueModule,
        UpstreamsModule,
        DynamicToolsModule,
        VirtualServersModule,
        ToolSearchModule,
        CaptureModule,
        ResultsModule,
      ],
      providers: [
        ...more,
        { provide: TOOL_SOURCES, inject: sources, useFactory: (...all: ToolSource[]) => all },
        { provide: COMMON_SOURCES, inject: COMMON, useFactory: (...all: ToolSource[]) => all },
        { provide: MAIN_MOUNT, inject: [ToolDirectory, ToolSearch, ConfigService], useFactory: mainMount },
        { provide: NAMES, inject: [TakenNames, ToolDirectory], useFactory: namesOver },
        { provide: MOUNT_PROVIDERS, inject: MOUNTS, useFactory: (...all: MountProvider[]) => all },
        { provide: TOOL_CALL_OBSERVERS, inject: OBSERVERS, useFactory: (...all: ToolCallObserver[]) => all },
      ],
      exports: [TOOL_SOURCES, COMMON_SOURCES, TOOL_CALL_OBSERVERS, MAIN_MOUNT, MOUNT_PROVIDERS],
    };
  }
}

function mainMount(directory: ToolDirectory, search: ToolSearch, config: ConfigService<Config, true>): Mount {
  const everything = { path: MAIN_PATH, directory };
  return config.get('MCP_TOOL_SEARCH', { infer: true }) ? search.over(everything) : everything;
}
