import { Module } from '@nestjs/common';
import type { Tool } from '#gateway/tools/tool.js';
import { CONTROL_TOOL_TYPES, CONTROL_TOOLS, ControlSource } from './control/control.source.js';
import { RegistryModule } from './registry/registry.module.js';
import { DynamicToolsController } from './rest/dynamic-tools.controller.js';
import { RunsController } from './rest/runs.controller.js';
import { ToolChanges } from './rest/tool-changes.js';
import { ToolDecisionsController } from './rest/tool-decisions.controller.js';
import { ToolVersionsController } from './rest/tool-versions.controller.js';
import { RunningModule } from './running/running.module.js';

/** Tools that are made, changed and run while the gateway is up. */
@Module({
  imports: [RegistryModule, RunningModule],
  controllers: [DynamicToolsController, RunsController, ToolVersionsController, ToolDecisionsController],
  providers: [
    ToolChanges,
    { provide: CONTROL_TOOLS, inject: [...CONTROL_TOOL_TYPES], useFactory: (...tools: Tool[]) => tools },
    ControlSource,
  ],
  exports: [ControlSource, RegistryModule],
})
export class DynamicToolsModule {}
