import { randomBytes } from 'node:crypto';
import { Inject, Injectable, type OnApplicationShutdown, Optional } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Redis } from 'ioredis';
import type { Config } from '#config/env.js';
import { REDIS } from '#redis/redis.js';
import { RedisHealth } from '#redis/redis-health.js';
import { type KeptResult, packed, unpacked } from './kept-result.js';
import { MemoryResultStore } from './memory.result-store.js';
import { RedisResultStore } from './redis.result-store.js';
import { ResultMetrics } from './results.metrics.js';

const ID_BYTES = 16;

/** Where a result can be read. */
export interface Place {
  readonly id: string;
  /** True where other replicas would have it if Redis were there. */
  readonly isHereOnly: boolean;
}

/** Results that can be read again: in Redis, for every replica, where there is one; else in this process. */
@Injectable()
export class KeptResults implements OnApplicationShutdown {
  private readonly memory: MemoryResultStore;
  private readonly redis: RedisResultStore | undefined;

  constructor(
    config: ConfigService<Config, true>,
    private readonly metrics: ResultMetrics,
    @Optional() @Inject(REDIS) client: Redis | undefined,
    @Optional() @Inject(RedisHealth) health: RedisHealth | undefined,
  ) {
    this.memory = new MemoryResultStore(config.get('RESULT_STORE_BYTES', { infer: true }));
    if (client && health) this.redis = new RedisResultStore(client, health);
    metrics.keptBytes = () => this.memory.bytes;
  }

  /** @returns undefined where there is no room for it */
  async keep(owner: string, result: KeptResult): Promise<Place | undefined> {
    const id = randomBytes(ID_BYTES).toString('base64url');
    const bytes = await packed(result);
    for (const store of [this.redis, this.memory]) {
      if (!(await store?.keep(owner, id, bytes))) continue;
      this.metrics.kept.inc({ store: store!.name });
      return { id, isHereOnly: store === this.memory && this.redis !== undefined };
    }
    return undefined;
  }

  /** Undefined for what is another's, too. */
  async read(owner: string, id: string): Promise<KeptResult | undefined> {
    const found = (await this.memory.read(owner, id)) ?? (await this.redis?.read(owner, id));
    this.metrics.reads.inc({ outcome: found ? 'found' : 'missing' });
    return found && unpacked(found);
  }

  /** Whether it can still be read. */
  async has(owner: string, id: string): Promise<boolean> {
    return (await this.memory.has(owner, id)) || ((await this.redis?.has(owner, id)) ?? false);
  }

  async note(owner: string, key: string, note: string, seconds: number): Promise<void> {
    await (this.redis?.available ? this.redis : this.memory).note(owner, key, note, seconds);
  }

  async noted(owner: string, key: string): Promise<string | undefined> {
    return (await this.memory.noted(owner, key)) ?? this.redis?.noted(owner, key);
  }

  onApplicationShutdown(): void {
    this.redis?.close();
  }
}
