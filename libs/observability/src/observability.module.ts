import { Global, Module } from '@nestjs/common';
import { Registry } from 'prom-client';
import { Clock } from './clock.js';

/** The one registry of metrics of an application, and its clock. Each feature registers its own in `<noun>.metrics.ts`. */
@Global()
@Module({
  providers: [Clock, { provide: Registry, useFactory: () => new Registry() }],
  exports: [Clock, Registry],
})
export class ObservabilityModule {}
