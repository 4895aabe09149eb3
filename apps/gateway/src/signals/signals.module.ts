import { Module } from '@nestjs/common';
import { SessionsModule } from '#gateway/sessions/sessions.module.js';
import { RecordSignalsTool } from './record-signals.tool.js';
import { SignalsController } from './signals.controller.js';
import { SignalsMetrics } from './signals.metrics.js';

@Module({
  imports: [SessionsModule],
  controllers: [SignalsController],
  providers: [RecordSignalsTool, SignalsMetrics],
  exports: [RecordSignalsTool],
})
export class SignalsModule {}
