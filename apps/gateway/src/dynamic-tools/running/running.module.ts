import { Module } from '@nestjs/common';
import { RunGuard } from './run-guard.js';
import { RunGuardMetrics } from './run-guard.metrics.js';
import { Runs, SANDBOX_ENGINES } from './runs.service.js';
import { SANDBOX_ENGINES_PROVIDER } from './sandbox-engines.provider.js';

/** Where code is run. */
@Module({
  providers: [SANDBOX_ENGINES_PROVIDER, RunGuardMetrics, RunGuard, Runs],
  exports: [SANDBOX_ENGINES, RunGuard, Runs],
})
export class RunningModule {}
