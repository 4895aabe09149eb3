import { Module } from '@nestjs/common';
import { AuthModule } from '#gateway/auth/auth.module.js';
import type { Tool } from '#gateway/tools/tool.js';
import { ControlPrompts } from './control/control-prompts.js';
import { ControlResources } from './control/control-resources.js';
import {
  CONTROL_TOOL_TYPES,
  CONTROL_TOOLS,
  ControlSource,
  ENTERPRISE_TOOL_TYPES,
  ENTERPRISE_TOOLS,
} from './control/control.source.js';
import { RuntimeConfig } from './control/runtime-config.service.js';
import { RecordedTools } from './recorded-tools.service.js';
import { RegistryModule } from './registry/registry.module.js';
import { DynamicToolsController } from './rest/dynamic-tools.controller.js';
import { RunsController } from './rest/runs.controller.js';
import { ToolDecisionsController } from './rest/tool-decisions.controller.js';
import { ToolVersionsController } from './rest/tool-versions.controller.js';
import { RunningModule } from './running/running.module.js';
import { SANDBOX_SESSIONS_PROVIDER } from './sessions/sandbox-sessions.provider.js';

const asList = (...tools: Tool[]) => tools;

/** Tools that are made, changed and run while the gateway is up. */
@Module({
  imports: [AuthModule, RegistryModule, RunningModule],
  controllers: [DynamicToolsController, RunsController, ToolVersionsController, ToolDecisionsController],
  providers: [
    RecordedTools,
    SANDBOX_SESSIONS_PROVIDER,
    ...CONTROL_TOOL_TYPES,
    ...ENTERPRISE_TOOL_TYPES,
    { provide: CONTROL_TOOLS, inject: [...CONTROL_TOOL_TYPES], useFactory: asList },
    { provide: ENTERPRISE_TOOLS, inject: [...ENTERPRISE_TOOL_TYPES], useFactory: asList },
    RuntimeConfig,
    ControlResources,
    ControlPrompts,
    ControlSource,
  ],
  exports: [ControlSource, RegistryModule],
})
export class DynamicToolsModule {}
