import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit, Optional } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { REDIS } from '#redis/redis.js';
import type { BreakerMode } from '#resilience/circuit-breaker.js';
import { Breakers, type NamedBreaker } from './stages/breakers.js';

/** A hash: name of a breaker → what an operator has said of it; nothing for `auto`. */
const KEY = 'achilles:breakers';
const LOOK_MS = 1_000;

/**
 * What operators say of breakers. With Redis it holds for every process, within about a second, and for those that start
 * later; without one, for this process. While Redis is away it holds here, and is handed on when it is back.
 */
@Injectable()
export class BreakerCommands implements OnModuleInit, OnApplicationShutdown {
  /** Said here and not yet handed on. */
  private readonly pending = new Map<string, BreakerMode>();
  private timer: NodeJS.Timeout | undefined;
  private looking = false;

  constructor(
    private readonly breakers: Breakers,
    @Optional() @Inject(REDIS) private readonly redis: Redis | undefined,
  ) {}

  onModuleInit(): void {
    const { redis } = this;
    if (!redis) return;
    void this.look(redis);
    this.timer = setInterval(() => void this.look(redis), LOOK_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Holds here at once, whatever Redis does. @throws BreakerNotFound */
  say(name: string, mode: BreakerMode): NamedBreaker {
    const named = this.breakers.named(name);
    named.breaker.set(mode);
    if (this.redis) {
      this.pending.set(name, mode);
      void this.look(this.redis);
    }
    return named;
  }

  private async look(redis: Redis): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    try {
      await this.handOn(redis);
      this.take(await redis.hgetall(KEY));
    } catch {
      // Redis is away, which its own health tells of.
    } finally {
      this.looking = false;
    }
  }

  private take(said: Readonly<Record<string, string>>): void {
    for (const { name, breaker } of this.breakers.all()) {
      const mode = modeOf(said[name]);
      // Meanwhile something newer may have been said.
      if (breaker.mode !== mode && !this.pending.has(name)) breaker.set(mode);
    }
  }

  private async handOn(redis: Redis): Promise<void> {
    for (const [name, mode] of this.pending) {
      await (mode === 'auto' ? redis.hdel(KEY, name) : redis.hset(KEY, name, mode));
      if (this.pending.get(name) === mode) this.pending.delete(name);
    }
  }
}

const modeOf = (word: string | undefined): BreakerMode => (word === 'open' || word === 'closed' ? word : 'auto');
