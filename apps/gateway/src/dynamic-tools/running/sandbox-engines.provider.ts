import type { FactoryProvider } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import { SandboxUnavailable } from '#sandbox/sandbox.errors.js';
import { type RunOutcome, SandboxEngine } from '#sandbox/sandbox.js';
import { SANDBOX_ENGINES, type SandboxEngines } from './runs.service.js';

class NoEngine extends SandboxEngine {
  constructor(readonly name: SandboxEngine['name']) {
    super();
  }

  run(): Promise<RunOutcome> {
    return Promise.reject(new SandboxUnavailable(this.name));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export const SANDBOX_ENGINES_PROVIDER: FactoryProvider<SandboxEngines> = {
  provide: SANDBOX_ENGINES,
  inject: [ConfigService],
  useFactory: (_config: ConfigService<Config, true>) => ({
    wasm: new NoEngine('wasm'),
    docker: new NoEngine('docker'),
  }),
};
