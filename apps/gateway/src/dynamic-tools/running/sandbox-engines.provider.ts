import { availableParallelism } from 'node:os';
import type { FactoryProvider } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import { SandboxUnavailable } from '#sandbox/sandbox.errors.js';
import { type RunOutcome, SandboxEngine } from '#sandbox/sandbox.js';
import { WasmEngine } from '#sandbox/wasm/wasm-engine.js';
import { DockerSandboxService } from './docker-sandbox.service.js';
import { SANDBOX_ENGINES, type SandboxEngines } from './runs.service.js';
import { SandboxMetrics } from './sandbox.metrics.js';

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

function wasmEngine(config: ConfigService<Config, true>, metrics: SandboxMetrics): WasmEngine {
  const setting = <K extends keyof Config>(name: K) => config.get(name, { infer: true });
  const engine = new WasmEngine({
    workers: setting('SANDBOX_WASM_WORKERS') || availableParallelism(),
    memoryMb: setting('SANDBOX_WASM_MEMORY_MB'),
    queue: setting('SANDBOX_WASM_QUEUE'),
    outputBytes: setting('MCP_SANDBOX_MAX_OUTPUT_BYTES'),
    maxTimeoutMs: setting('MCP_SANDBOX_MAX_TIMEOUT_MS'),
  });
  metrics.threads = () => engine.state;
  return engine;
}

export const SANDBOX_ENGINES_PROVIDER: FactoryProvider<SandboxEngines> = {
  provide: SANDBOX_ENGINES,
  inject: [ConfigService, SandboxMetrics, DockerSandboxService],
  useFactory: (config: ConfigService<Config, true>, metrics: SandboxMetrics, docker: DockerSandboxService) => ({
    wasm: wasmEngine(config, metrics),
    docker: docker.sandbox?.engine ?? new NoEngine('docker'),
  }),
};
