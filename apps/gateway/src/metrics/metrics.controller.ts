import { Controller, Get, Header } from '@nestjs/common';
import { Registry } from 'prom-client';
import { Probe } from '#gateway/auth/auth.decorators.js';
import { Undocumented } from '#gateway/http/documented.js';
import { MetricsService } from './metrics.service.js';

/** For Prometheus. Public like the health routes: who may reach it is for the network to say. */
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: MetricsService) {}

  @Get()
  @Probe()
  @Undocumented()
  @Header('content-type', Registry.PROMETHEUS_CONTENT_TYPE)
  @Header('cache-control', 'no-store')
  readMetrics(): Promise<string> {
    return this.metrics.scrape();
  }
}
