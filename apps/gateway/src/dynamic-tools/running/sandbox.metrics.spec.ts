import { expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { SandboxMetrics } from './sandbox.metrics.js';

it('counts runs by how they ended, and tells of threads when somebody looks', async () => {
  const registry = new Registry();
  const metrics = new SandboxMetrics(registry);
  metrics.observer('wasm')('timeout', 1_500);
  metrics.threads = () => ({ idle: 1, busy: 2, starting: 3, waiting: 4 });
  const text = await registry.metrics();
  for (const line of [
    'achilles_sandbox_runs_total{engine="wasm",outcome="timeout"} 1',
    'achilles_sandbox_runs_total{engine="docker",outcome="ok"} 0',
    'achilles_sandbox_run_duration_seconds_sum{engine="wasm"} 1.5',
    'achilles_sandbox_workers{state="idle"} 1',
    'achilles_sandbox_workers{state="busy"} 2',
    'achilles_sandbox_workers{state="starting"} 3',
    'achilles_sandbox_queue_length 4',
  ])
    expect(text.split('\n')).toContain(line);
});
