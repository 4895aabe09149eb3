import { quantile } from '../processes.js';
import { closedLoop, type Shot } from './load.js';
import type { Served } from './served.js';

export const ROUNDS = 7;
export const SECONDS = 2;
/** Until the compiler has seen enough: figures of a gateway fall for tens of thousands of calls. */
export const WARM_UP_SECONDS = 12;

/** Something to measure, and the call that it is measured with. */
export interface Way {
  readonly name: string;
  readonly served: Served;
  readonly shot: Shot;
  readonly connections?: number;
}

export interface Round {
  readonly cpu: number;
  readonly rate: number;
}

/**
 * Rounds of every way in turn: the machine's own mood changes within a minute.
 * @param scale of all times; below one for a look at whether it works
 */
export async function inTurn(ways: readonly Way[], scale = 1): Promise<Map<string, Round[]>> {
  const rounds = new Map(ways.map(({ name }) => [name, [] as Round[]]));
  const seconds = (of: number) => Math.max(1, Math.round(of * scale));
  for (const { served, shot, connections } of ways) {
    await closedLoop(served, shot, seconds(WARM_UP_SECONDS), connections);
  }
  for (let i = 0; i < seconds(ROUNDS); i++) {
    for (const { name, served, shot, connections } of ways) {
      rounds.get(name)!.push(await closedLoop(served, shot, seconds(SECONDS), connections));
    }
  }
  return rounds;
}

export const median = (rounds: readonly Round[], of: keyof Round) =>
  quantile(
    rounds.map((round) => round[of]),
    0.5,
  );
