import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { UpstreamsModule } from '#gateway/upstreams/upstreams.module.js';
import { HealthController } from './health.controller.js';
import { Dependencies } from './dependencies.js';
import { Readiness } from './readiness.js';

@Module({
  imports: [TerminusModule.forRoot({ logger: false }), UpstreamsModule],
  controllers: [HealthController],
  providers: [Dependencies, Readiness],
})
export class HealthModule {}
