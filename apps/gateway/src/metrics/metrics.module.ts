import { Module } from '@nestjs/common';
import { MetricsController } from './metrics.controller.js';
import { MetricsService } from './metrics.service.js';
import { ProcessingMetrics } from './processing.metrics.js';
import { ProcessMetrics } from './process-metrics.js';
import { RequestMetrics } from './request-metrics.js';

/** `/metrics`, and what is counted of every request and of the process. Features count their own. */
@Module({
  controllers: [MetricsController],
  providers: [MetricsService, ProcessingMetrics, ProcessMetrics, RequestMetrics],
})
export class MetricsModule {}
