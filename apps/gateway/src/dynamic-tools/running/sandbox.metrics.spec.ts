import { expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { SandboxMetrics } from './sandbox.metrics.js';

it('counts runs by how they ended, and tells of threads when somebody looks', async () => {
  const registry = new Registry();
  const metrics = new SandboxMetrics(registry);
  const { signal } = new AbortController();
  const told = { ok: false, error: { kind: 'timeout', message: 'late' }, durationMs: 1_500, logs: [] } as const;
  expect(await metrics.observe('wasm', signal, () => Promise.resolve(told))).toBe(told);
  const busy = new Error('busy');
  await expect(metrics.observe('wasm', signal, () => Promise.reject(busy))).rejects.toBe(busy);
  await expect(metrics.observe('wasm', AbortSignal.abort(), () => Promise.reject(busy))).rejects.toBe(busy);
  metrics.threads = () => ({ idle: 1, busy: 2, starting: 3, waiting: 4 });
  const text = await registry.metrics();
  for (const line of [
    'achilles_sandbox_runs_total{engine="wasm",outcome="timeout"} 1',
    'achilles_sandbox_runs_total{engine="docker",outcome="ok"} 0',
    'achilles_sandbox_runs_total{engine="wasm",outcome="refused"} 1',
    'achilles_sandbox_runs_total{engine="wasm",outcome="aborted"} 1',
    'achilles_sandbox_run_duration_seconds_count{engine="wasm"} 3',
    'achilles_sandbox_workers{state="idle"} 1',
    'achilles_sandbox_workers{state="busy"} 2',
    'achilles_sandbox_workers{state="starting"} 3',
    'achilles_sandbox_queue_length 4',
  ])
    expect(text.split('\n')).toContain(line);
});
