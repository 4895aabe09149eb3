import { Global, Module } from '@nestjs/common';
import { ResultsModule } from '#gateway/results/results.module.js';
import { BreakerCommands } from './breaker-commands.js';
import { BreakerSummary } from './breaker-summary.service.js';
import { BreakersController } from './breakers.controller.js';
import { Changes } from './changes.js';
import { Mounts } from './mount.js';
import { AnswerCache } from './stages/answer-cache.js';
import { Backend } from './stages/backend.js';
import { Breakers } from './stages/breakers.js';
import { Guard } from './stages/guard.js';
import { OutputSchemas } from './stages/output-schemas.js';
import { Results } from './stages/results.js';
import { Sanitiser } from './stages/sanitise.js';
import { Stages } from './stages/stages.js';
import { ToolAudit } from './tool-audit.js';
import { ToolCallMetrics } from './tool-calls.metrics.js';
import { ToolDirectory } from './tool-directory.js';
import { ToolPipeline } from './tool-pipeline.js';
import { ToolStageMetrics } from './tool-stages.metrics.js';
import { ToolsController } from './tools.controller.js';

const STAGES = [AnswerCache, Guard, Breakers, Backend, OutputSchemas, Sanitiser, Results, Stages];

/** The one way from a call to the tool that answers it. */
@Global()
@Module({
  imports: [ResultsModule],
  controllers: [ToolsController, BreakersController],
  providers: [
    Changes,
    ToolDirectory,
    Mounts,
    ToolStageMetrics,
    ...STAGES,
    BreakerCommands,
    BreakerSummary,
    ToolAudit,
    ToolCallMetrics,
    ToolPipeline,
  ],
  exports: [BreakerSummary, Changes, ToolDirectory, Mounts, ToolPipeline, ToolAudit, ToolCallMetrics],
})
export class ToolsModule {}
