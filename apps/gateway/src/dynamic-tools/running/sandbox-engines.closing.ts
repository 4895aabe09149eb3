import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { SANDBOX_ENGINES, type SandboxEngines } from './runs.service.js';

/** Ends whatever still runs when the gateway stops. */
@Injectable()
export class SandboxEnginesClosing implements OnModuleDestroy {
  constructor(@Inject(SANDBOX_ENGINES) private readonly engines: SandboxEngines) {}

  async onModuleDestroy(): Promise<void> {
    await Promise.all(Object.values(this.engines).map((engine) => engine.close()));
  }
}
