import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { RunOutcome } from '#sandbox/sandbox.js';

const ENGINES = ['wasm', 'docker'] as const;
type Engine = (typeof ENGINES)[number];

/** `refused`: there was no place for it, or no engine. */
const OUTCOMES = [
  'ok',
  'thrown',
  'timeout',
  'out_of_memory',
  'result_too_large',
  'invalid_result',
  'stalled',
  'crashed',
  'aborted',
  'refused',
] as const;
type Outcome = (typeof OUTCOMES)[number];

const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

/** Threads of the `wasm` engine, and runs that wait for one. */
interface Threads {
  readonly idle: number;
  readonly busy: number;
  readonly starting: number;
  readonly waiting: number;
}

/** How code fares in its sandboxes. */
@Injectable()
export class SandboxMetrics {
  /** Asked when somebody looks. */
  threads: () => Threads = () => ({ idle: 0, busy: 0, starting: 0, waiting: 0 });
  private readonly runs: Counter<'engine' | 'outcome'>;
  private readonly duration: Histogram<'engine'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.runs = new Counter({
      name: 'achilles_sandbox_runs_total',
      help: 'Runs of code, by how they ended.',
      labelNames: ['engine', 'outcome'],
      registers,
    });
    this.duration = new Histogram({
      name: 'achilles_sandbox_run_duration_seconds',
      help: 'Time of a run, waiting for a place among it.',
      labelNames: ['engine'],
      buckets: BUCKETS,
      registers,
    });
    for (const engine of ENGINES) for (const outcome of OUTCOMES) this.runs.inc({ engine, outcome }, 0);
    const threads = () => this.threads();
    new Gauge({
      name: 'achilles_sandbox_workers',
      help: 'Threads of the wasm engine, by what they do.',
      labelNames: ['state'],
      registers,
      collect() {
        const { idle, busy, starting } = threads();
        for (const [state, count] of Object.entries({ idle, busy, starting })) this.set({ state }, count);
      },
    });
    new Gauge({
      name: 'achilles_sandbox_queue_length',
      help: 'Runs that wait for a thread of the wasm engine.',
      registers,
      collect() {
        this.set(threads().waiting);
      },
    });
  }

  /** Counts a run. @throws what it throws */
  async observe(engine: Engine, signal: AbortSignal, run: () => Promise<RunOutcome>): Promise<RunOutcome> {
    const began = performance.now();
    let outcome: Outcome = 'refused';
    try {
      const ended = await run();
      outcome = ended.ok ? 'ok' : ended.error.kind;
      return ended;
    } catch (error) {
      if (signal.aborted) outcome = 'aborted';
      throw error;
    } finally {
      this.runs.inc({ engine, outcome });
      this.duration.observe({ engine }, (performance.now() - began) / 1_000);
    }
  }
}
