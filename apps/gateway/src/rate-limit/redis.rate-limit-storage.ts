import type { Redis } from 'ioredis';
import type { RedisHealth } from '#redis/redis-health.js';
import { type Demand, RateLimitStorage, type Standing, type Taken } from './rate-limit.storage.js';
import { TAKE } from './take.lua.js';

interface Commands {
  /** How many keys, the keys, and what the script takes besides. */
  takeFromLimits(...args: (string | number)[]): Promise<number[]>;
}

interface Call {
  readonly demands: readonly Demand[];
  readonly resolve: (taken: Taken) => void;
  readonly reject: (error: Error) => void;
}

/** Belongs to no caller: what a probe writes to. */
const PROBE: readonly Demand[] = [{ key: 'ratelimit::probe', limit: 1_000_000_000, windowMs: 1_000 }];

/** Redis does nothing else while a script runs: 64 calls take it about a millisecond. */
const MOST_CALLS_TOGETHER = 64;

/**
 * Counts in Redis, where all gateways count together: one script, one round trip, Redis's clock. The calls of one turn
 * of the event loop go as one command: each as a command of its own costs twice the CPU, pipelined or not.
 */
export class RedisRateLimitStorage extends RateLimitStorage {
  private readonly commands: Commands;
  private waiting: Call[] = [];

  constructor(
    client: Redis,
    private readonly health: RedisHealth,
  ) {
    super();
    client.defineCommand('takeFromLimits', { lua: TAKE });
    this.commands = client as unknown as Commands;
    // A Redis that is full or has become a replica answers a PING.
    health.probeWith(() => this.commands.takeFromLimits(...argumentsOf([{ demands: PROBE }])));
  }

  get available(): boolean {
    return this.health.available;
  }

  take(demands: readonly Demand[]): Promise<Taken> {
    return new Promise((resolve, reject) => {
      if (this.waiting.length === 0) setImmediate(this.flush);
      this.waiting.push({ demands, resolve, reject });
    });
  }

  private readonly flush = (): void => {
    const calls = this.waiting;
    this.waiting = [];
    for (let from = 0; from < calls.length; from += MOST_CALLS_TOGETHER) {
      void this.ask(calls.length <= MOST_CALLS_TOGETHER ? calls : calls.slice(from, from + MOST_CALLS_TOGETHER));
    }
  };

  private async ask(calls: readonly Call[]): Promise<void> {
    this.health.asked();
    try {
      const answer = await this.commands.takeFromLimits(...argumentsOf(calls));
      this.health.answered();
      handOut(calls, answer);
    } catch (error) {
      this.health.answered();
      this.health.reportFault((error as Error).message);
      for (const { reject } of calls) reject(error as Error);
    }
  }
}

function handOut(calls: readonly Call[], answer: readonly number[]): void {
  const now = answer[0]!;
  let at = 1;
  for (const { demands, resolve } of calls) {
    const refused = answer[at++]! - 1;
    const standings: Standing[] = [];
    for (let i = 0; i < demands.length; i++) standings.push({ remaining: answer[at++]!, resetsInMs: answer[at++]! });
    resolve({ refused, now, standings });
  }
}

function argumentsOf(calls: readonly Pick<Call, 'demands'>[]): (string | number)[] {
  const args: (string | number)[] = [0];
  for (const { demands } of calls) for (const { key } of demands) args.push(key);
  args[0] = args.length - 1;
  for (const { demands } of calls) {
    args.push(demands.length);
    for (const { limit, windowMs } of demands) args.push(limit, windowMs);
  }
  return args;
}
