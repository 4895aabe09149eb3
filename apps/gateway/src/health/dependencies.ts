import { Inject, Injectable, Optional } from '@nestjs/common';
import { type HealthIndicatorFunction, HealthIndicatorService } from '@nestjs/terminus';
import { DockerSandboxService } from '#gateway/dynamic-tools/running/docker-sandbox.service.js';
import { CoreClient } from '#core/remote/core-client.js';
import { StoreHealth } from '#database/store-health.js';
import { RedisHealth } from '#redis/redis-health.js';

/** What the gateway itself runs on, as far as it is configured. */
@Injectable()
export class Dependencies {
  constructor(
    private readonly indicators: HealthIndicatorService,
    @Optional() @Inject(StoreHealth) private readonly store: StoreHealth | undefined,
    @Optional() @Inject(CoreClient) private readonly core: CoreClient | undefined,
    @Optional() @Inject(RedisHealth) private readonly redis: RedisHealth | undefined,
    private readonly docker: DockerSandboxService,
  ) {}

  checks(): HealthIndicatorFunction[] {
    return [
      ...(this.store ? [() => this.database()] : []),
      ...(this.core ? [() => this.achillesCore()] : []),
      ...(this.redis ? [() => this.counters()] : []),
      ...(this.docker.sandbox ? [() => this.sandbox()] : []),
    ];
  }

  private async database() {
    const indicator = this.indicators.check('database');
    return (await this.store!.probe()) ? indicator.up() : indicator.down('does not answer');
  }

  private async achillesCore() {
    const indicator = this.indicators.check('achilles_core');
    return (await this.core!.answers()) ? indicator.up() : indicator.degraded({ message: 'does not answer' });
  }

  private counters() {
    const indicator = this.indicators.check('redis');
    return this.redis!.available ? indicator.up() : indicator.degraded({ message: 'does not answer' });
  }

  /** Tools that need it say so themselves; nothing else does. */
  private async sandbox() {
    const indicator = this.indicators.check('sandbox');
    const state = await this.docker.state();
    return state === 'ok' ? indicator.up() : indicator.degraded({ message: 'the Docker Engine does not answer' });
  }
}
