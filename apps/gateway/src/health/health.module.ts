import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { RunningModule } from '#gateway/dynamic-tools/running/running.module.js';
import { UpstreamsModule } from '#gateway/upstreams/upstreams.module.js';
import { HealthController } from './health.controller.js';
import { Dependencies } from './dependencies.js';
import { Readiness } from './readiness.js';

@Module({
  imports: [TerminusModule.forRoot({ logger: false }), UpstreamsModule, RunningModule],
  controllers: [HealthController],
  providers: [Dependencies, Readiness],
})
export class HealthModule {}
