import { Module } from '@nestjs/common';
import { ErrorCorrelationsModule } from '#gateway/error-correlations/error-correlations.module.js';
import { InsightsModule } from '#gateway/insights/insights.module.js';
import { ProjectsModule } from '#gateway/projects/projects.module.js';
import { SessionsModule } from '#gateway/sessions/sessions.module.js';
import { SignalsModule } from '#gateway/signals/signals.module.js';
import { SnapshotsModule } from '#gateway/snapshots/snapshots.module.js';
import type { Tool } from '#gateway/tools/tool.js';
import { BUILTIN_TOOL_TYPES, BUILTIN_TOOLS, BuiltinToolSource } from './builtin-tools.source.js';
import { SessionChanges } from './session-changes.js';
import { SessionResources } from './session-resources.js';

@Module({
  imports: [ErrorCorrelationsModule, InsightsModule, ProjectsModule, SessionsModule, SignalsModule, SnapshotsModule],
  providers: [
    { provide: BUILTIN_TOOLS, inject: [...BUILTIN_TOOL_TYPES], useFactory: (...tools: Tool[]) => tools },
    SessionResources,
    SessionChanges,
    BuiltinToolSource,
  ],
  exports: [BuiltinToolSource],
})
export class BuiltinToolsModule {}
