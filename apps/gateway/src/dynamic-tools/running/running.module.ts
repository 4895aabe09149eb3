import { Module } from '@nestjs/common';
import { DockerSandboxService } from './docker-sandbox.service.js';
import { RunGuard } from './run-guard.js';
import { RunGuardMetrics } from './run-guard.metrics.js';
import { Runs, SANDBOX_ENGINES } from './runs.service.js';
import { SandboxMetrics } from './sandbox.metrics.js';
import { SandboxEnginesClosing } from './sandbox-engines.closing.js';
import { SANDBOX_ENGINES_PROVIDER } from './sandbox-engines.provider.js';

/** Where code is run. */
@Module({
  providers: [
    DockerSandboxService,
    SandboxMetrics,
    SANDBOX_ENGINES_PROVIDER,
    SandboxEnginesClosing,
    RunGuardMetrics,
    RunGuard,
    Runs,
  ],
  exports: [DockerSandboxService, SANDBOX_ENGINES, RunGuard, Runs],
})
export class RunningModule {}
