import { Module } from '@nestjs/common';
import { UpstreamsModule } from '../upstreams.module.js';
import { AdminUpstreams } from './admin-upstreams.js';
import { EntryCheck } from './entry-check.js';
import { KnownUpstreams } from './known-upstreams.js';
import { UpstreamChecksController } from './upstream-checks.controller.js';
import { UpstreamTrials } from './upstream-trial.js';
import { UpstreamsController } from './upstreams.controller.js';

/** Looking after upstreams while the gateway runs. */
@Module({
  imports: [UpstreamsModule],
  controllers: [UpstreamChecksController, UpstreamsController],
  providers: [AdminUpstreams, EntryCheck, KnownUpstreams, UpstreamTrials],
})
export class UpstreamAdminModule {}
