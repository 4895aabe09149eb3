import type { ThrottlerStorage } from '@nestjs/throttler';
import type { ThrottlerStorageRecord } from '@nestjs/throttler/dist/throttler-storage-record.interface.js';

/** One counter that a call counts against. The first call on a key opens its window. */
export interface Demand {
  readonly key: string;
  readonly limit: number;
  readonly windowMs: number;
}

/** Where a counter stands after the call. */
export interface Standing {
  readonly remaining: number;
  readonly resetsInMs: number;
}

export interface Taken {
  /** The demand that refused the call, -1 when none did. Of several, the one to wait for longest. */
  readonly refused: number;
  /** The storage's clock, in milliseconds since the epoch. */
  readonly now: number;
  /** One for each demand. */
  readonly standings: readonly Standing[];
}

/**
 * Counts calls in fixed windows. `take` is one atomic step over all of a call's counters: either each of them has room
 * and counts it, or none counts it and no window moves, however many gateways ask at once.
 */
export abstract class RateLimitStorage implements ThrottlerStorage {
  /** False while there is no point in asking. */
  abstract readonly available: boolean;

  /** Fails when the storage does, within 50 ms. */
  abstract take(demands: readonly Demand[]): Taken | Promise<Taken>;

  /** The throttler library's own question, for routes that use its decorators. A refusal lasts until the window ends. */
  async increment(
    key: string,
    ttl: number,
    limit: number,
    _block: number,
    name: string,
  ): Promise<ThrottlerStorageRecord> {
    const demand = { key: `ratelimit::throttler:${name}:${key}`, limit, windowMs: ttl };
    const { refused, standings } = await this.take([demand]);
    const { remaining, resetsInMs } = standings[0]!;
    const isBlocked = refused >= 0;
    const seconds = Math.ceil(resetsInMs / 1_000);
    return {
      totalHits: isBlocked ? limit + 1 : limit - remaining,
      timeToExpire: seconds,
      isBlocked,
      timeToBlockExpire: isBlocked ? seconds : 0,
    };
  }
}
