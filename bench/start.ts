import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BenchGateway, memoryMb, quantile } from './support/processes.js';
import type { Figure } from './support/report.js';

const STARTS = 5;
const SETTLE_MS = 20_000;

/** From the start of the process to the first answer, built and initialised before; and what it holds when left alone. */
export async function benchStart(): Promise<Figure[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'achilles-bench-'));
  await (await BenchGateway.start(dataDir))[Symbol.asyncDispose]();
  const starts: number[] = [];
  let memory = { gateway: 0, database: 0 };
  for (let i = 0; i < STARTS; i++) {
    await using started = await BenchGateway.start(dataDir);
    starts.push(started.startedInMs);
    if (i < STARTS - 1) continue;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    memory = memoryMb(started.pid);
  }
  await rm(dataDir, { recursive: true, force: true });
  return [
    {
      name: 'start to first answer, median',
      value: quantile(starts, 0.5),
      unit: 'ms',
      target: { value: 1_500, at: 'most' },
    },
    {
      name: 'idle memory, database included',
      value: memory.gateway + memory.database,
      unit: 'MB',
      target: { value: 150, at: 'most' },
    },
    { name: 'idle memory, gateway alone', value: memory.gateway, unit: 'MB' },
  ];
}
