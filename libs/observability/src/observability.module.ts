import { Global, Module } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { Registry } from 'prom-client';
import type { Config } from '#config/env.js';
import { Clock } from './clock.js';
import { RequestLog } from './request-log.js';
import { Tracing } from './tracing.js';

type Settings = ConfigService<Config, true>;

/**
 * The one registry of metrics of an application (each feature registers its own in `<noun>.metrics.ts`), its clock, the
 * log of its requests, and its traces where a collector is configured: the SDK is not even loaded otherwise.
 */
@Global()
@Module({
  providers: [
    Clock,
    { provide: Registry, useFactory: () => new Registry() },
    {
      provide: RequestLog,
      inject: [ConfigService],
      useFactory: (config: Settings) => new RequestLog(config.get('LOG_LEVEL')),
    },
    {
      provide: Tracing,
      inject: [ConfigService],
      useFactory: async (config: Settings): Promise<Tracing | undefined> => {
        const OTEL_EXPORTER_OTLP_ENDPOINT: string | undefined = config.get('OTEL_EXPORTER_OTLP_ENDPOINT');
        if (OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return undefined;
        const { OtlpTracing } = await import('./otlp-tracing.js');
        return new OtlpTracing({
          OTEL_EXPORTER_OTLP_ENDPOINT,
          OTEL_SERVICE_NAME: config.get('OTEL_SERVICE_NAME'),
          OTEL_TRACES_SAMPLER_ARG: config.get('OTEL_TRACES_SAMPLER_ARG'),
        });
      },
    },
  ],
  exports: [Clock, Registry, RequestLog, Tracing],
})
export class ObservabilityModule {}
