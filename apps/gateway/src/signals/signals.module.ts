import { Module } from '@nestjs/common';
import { RecordSignalsTool } from './record-signals.tool.js';
import { SignalsController } from './signals.controller.js';
import { SignalsMetrics } from './signals.metrics.js';

@Module({
  controllers: [SignalsController],
  providers: [RecordSignalsTool, SignalsMetrics],
  exports: [RecordSignalsTool],
})
export class SignalsModule {}
