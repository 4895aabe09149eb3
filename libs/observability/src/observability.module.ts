import { Global, Module } from '@nestjs/common';
import { Registry } from 'prom-client';

/** The one registry of metrics of an application. Each feature registers its own in `<noun>.metrics.ts`. */
@Global()
@Module({ providers: [{ provide: Registry, useFactory: () => new Registry() }], exports: [Registry] })
export class ObservabilityModule {}
