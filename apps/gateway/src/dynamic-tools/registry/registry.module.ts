import { Module } from '@nestjs/common';
import { ReplicasModule } from '#gateway/replicas/replicas.module.js';
import { DynamicTools } from '../dynamic-tools.service.js';
import { HostModule } from '../host/host.module.js';
import { RunningModule } from '../running/running.module.js';
import { DynamicToolSource } from './dynamic-tool.source.js';
import { PostgresDynamicTools } from './postgres.dynamic-tools.js';
import { TakenNames } from './taken-names.js';

/** Which tools there are. */
@Module({
  imports: [ReplicasModule, RunningModule, HostModule],
  providers: [TakenNames, DynamicToolSource, { provide: DynamicTools, useClass: PostgresDynamicTools }],
  exports: [TakenNames, DynamicToolSource, DynamicTools],
})
export class RegistryModule {}
