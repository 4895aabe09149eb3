import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import type { RunOutcome, SandboxEngine, SandboxRun } from '#sandbox/sandbox.js';
import { RunGuard } from './run-guard.js';
import { SandboxMetrics } from './sandbox.metrics.js';

/** Injection token of the engines, by name. */
export const SANDBOX_ENGINES = Symbol('SANDBOX_ENGINES');
export type SandboxEngines = Readonly<Record<SandboxEngine['name'], SandboxEngine>>;

export type RunRequest = Omit<SandboxRun, 'tenant' | 'signal'> & {
  /** What the guard counts it as: `dynamic.exec.<name>`, `run_js_ephemeral`. */
  readonly scope: string;
  readonly engine: SandboxEngine['name'];
};

/** Every run of code goes through here, whoever asks for it. */
@Injectable()
export class Runs {
  constructor(
    @Inject(SANDBOX_ENGINES) private readonly engines: SandboxEngines,
    private readonly guard: RunGuard,
    private readonly metrics: SandboxMetrics,
  ) {}

  /** @throws RunRejected, and what the engine throws */
  run({ tenant }: Caller, { scope, engine, ...request }: RunRequest, signal: AbortSignal): Promise<RunOutcome> {
    const run = () => this.engines[engine].run({ ...request, tenant, signal });
    return this.guard.through(tenant, scope, () => this.metrics.observe(engine, signal, run));
  }
}
