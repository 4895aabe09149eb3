import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { BenchGateway, getBytes, quantile } from './support/processes.js';
import type { Figure } from './support/report.js';

const ROUNDS = 5;
const ROUND_MS = 5_000;
/** An open loop: callers do not wait for each other, so a stall shows in every call that it holds up. */
const CALLS_EVERY_10_MS = 4;

/** What legitimate callers notice while 200 slow clients and 5 header bombs at a time are cut and refused. */
export async function benchAttack(gateway: BenchGateway): Promise<Figure[]> {
  const url = `${gateway.url}/health`;
  await latencies(url);
  const rounds: { quiet: number[]; attacked: number[] }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const quiet = await latencies(url);
    // The attacker's own work is not the gateway's: it gets the processor only when nobody else wants it.
    const attacker = spawn('nice', ['-n', '19', process.execPath, 'dist/bench/support/attacker.js', gateway.port], {
      stdio: 'inherit',
    });
    await delay(1_500);
    const attacked = await latencies(url);
    attacker.kill('SIGKILL');
    await once(attacker, 'exit');
    await delay(1_000);
    rounds.push({ quiet, attacked });
  }
  const median = (of: (round: (typeof rounds)[number]) => number) => quantile(rounds.map(of), 0.5);
  return [0.5, 0.99].map((share) => ({
    name: `legitimate call under attack, p${share * 100}`,
    value: median(({ attacked }) => quantile(attacked, share)),
    unit: 'ms',
    baseline: median(({ quiet }) => quantile(quiet, share)),
    ...(share === 0.99 && { target: { ratio: 1.5, at: 'most' as const } }),
  }));
}

/** Milliseconds of each call of one round; a call that fails ends the bench. */
async function latencies(url: string): Promise<number[]> {
  const calls: Promise<number>[] = [];
  const end = performance.now() + ROUND_MS;
  while (performance.now() < end) {
    for (let i = 0; i < CALLS_EVERY_10_MS; i++) {
      const begun = performance.now();
      calls.push(getBytes(url).then(() => performance.now() - begun));
    }
    await delay(10);
  }
  return Promise.all(calls);
}
