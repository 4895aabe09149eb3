import { type DynamicModule, Module } from '@nestjs/common';
import { LifecycleService } from './lifecycle.service.js';
import { WorkerLink } from './worker-link.js';

/** Knows where the process stands. Global: health, metrics and the request stages all ask. */
@Module({})
export class LifecycleModule {
  static for(worker: WorkerLink | undefined): DynamicModule {
    return {
      module: LifecycleModule,
      global: true,
      providers: [LifecycleService, ...(worker ? [{ provide: WorkerLink, useValue: worker }] : [])],
      exports: [LifecycleService],
    };
  }
}
