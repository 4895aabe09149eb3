import { Module } from '@nestjs/common';
import { ReplicasModule } from '#gateway/replicas/replicas.module.js';
import { DynamicTools } from '../dynamic-tools.service.js';
import { HostModule } from '../host/host.module.js';
import { RunningModule } from '../running/running.module.js';
import { ArgumentSchemas } from './arguments/argument-schemas.js';
import { DraftCheck } from './draft-check.js';
import { DynamicToolParts } from './dynamic-tool.parts.js';
import { DynamicToolSource } from './dynamic-tool.source.js';
import { LiveTools } from './live-tools.js';
import { PostgresDynamicTools } from './postgres.dynamic-tools.js';
import { TakenNames } from './taken-names.js';
import { ToolChanges } from './tool-changes.js';
import { ToolCode } from './tool-code.js';
import { ToolStore } from './tool-store.js';

/** Which tools there are. */
@Module({
  imports: [ReplicasModule, RunningModule, HostModule],
  providers: [
    ToolStore,
    ToolCode,
    ArgumentSchemas,
    DynamicToolParts,
    LiveTools,
    TakenNames,
    DraftCheck,
    ToolChanges,
    DynamicToolSource,
    { provide: DynamicTools, useClass: PostgresDynamicTools },
  ],
  exports: [TakenNames, DynamicToolSource, DynamicTools],
})
export class RegistryModule {}
