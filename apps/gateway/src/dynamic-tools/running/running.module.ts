import { Module } from '@nestjs/common';
import { RunGuard } from './run-guard.js';
import { Runs, SANDBOX_ENGINES } from './runs.service.js';
import { SandboxMetrics } from './sandbox.metrics.js';
import { SandboxEnginesClosing } from './sandbox-engines.closing.js';
import { SANDBOX_ENGINES_PROVIDER } from './sandbox-engines.provider.js';

/** Where code is run. */
@Module({
  providers: [SandboxMetrics, SANDBOX_ENGINES_PROVIDER, SandboxEnginesClosing, RunGuard, Runs],
  exports: [SANDBOX_ENGINES, RunGuard, Runs],
})
export class RunningModule {}
