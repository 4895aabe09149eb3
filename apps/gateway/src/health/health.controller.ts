import { Controller, Get, Inject, Optional, Res, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckService, type HealthIndicatorFunction, HealthIndicatorService } from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { CoreClient } from '#core/remote/core-client.js';
import { Ingestion } from '#core/signals/ingestion.js';
import { StoreHealth } from '#database/store-health.js';
import { RedisHealth } from '#redis/redis-health.js';
import { Public } from '#gateway/auth/auth.decorators.js';
import { Answers } from '#gateway/http/answers.js';
import { API_BASE } from '#gateway/http/base-path.js';
import { Group, Undocumented } from '#gateway/http/documented.js';
import { MCPHealthResponse } from './health.model.js';
import { VERSION } from './version.js';

/** How long after a failed write a gateway without a store of its own says that it takes no signals. */
const REMOTE_PENALTY_MS = 5_000;

@Group('health')
@Controller()
export class HealthController {
  @Optional() @Inject(RedisHealth) private readonly redis: RedisHealth | undefined;

  constructor(
    private readonly checks: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly ingestion: Ingestion,
    @Optional() @Inject(StoreHealth) private readonly store: StoreHealth | undefined,
    @Optional() @Inject(CoreClient) private readonly core: CoreClient | undefined,
  ) {}

  /** The gateway's own state, from what it has noticed: asks nobody, so it answers whatever else is away. */
  @Get(`${API_BASE}/health`)
  @Public()
  @Answers(200, MCPHealthResponse)
  getHealth(): MCPHealthResponse {
    const failedAt = this.ingestion.lastErrorAt;
    const accepting = this.store
      ? this.store.available
      : failedAt === undefined || Date.now() - failedAt.getTime() > REMOTE_PENALTY_MS;
    return {
      status: accepting ? 'ok' : 'degraded',
      uptime_seconds: Math.round(process.uptime() * 1_000) / 1_000,
      accepting_signals: accepting,
      ...(failedAt && { last_ingest_error_at: failedAt.toISOString() }),
      version: VERSION,
    };
  }

  /** The process runs and its event loop turns. */
  @Get('livez')
  @Public()
  @Undocumented()
  live(@Res() reply: FastifyReply) {
    return this.answer(reply, []);
  }

  /** Requests can be served: the store answers. A Core or a Redis that does not is degraded, not down. */
  @Get('readyz')
  @Public()
  @Undocumented()
  ready(@Res() reply: FastifyReply) {
    return this.answer(reply, [
      ...(this.store ? [() => this.checkStore(this.store!)] : []),
      ...(this.core ? [() => this.checkCore(this.core!)] : []),
      ...(this.redis ? [() => this.checkRedis(this.redis!)] : []),
    ]);
  }

  private async checkStore(store: StoreHealth) {
    const indicator = this.indicators.check('database');
    return (await store.probe()) ? indicator.up() : indicator.down('does not answer');
  }

  private async checkCore(core: CoreClient) {
    const indicator = this.indicators.check('achilles_core');
    return (await core.answers()) ? indicator.up() : indicator.degraded({ message: 'does not answer' });
  }

  private checkRedis(redis: RedisHealth) {
    const indicator = this.indicators.check('redis');
    return redis.available ? indicator.up() : indicator.degraded({ message: 'does not answer' });
  }

  private async answer(reply: FastifyReply, checks: HealthIndicatorFunction[]): Promise<void> {
    try {
      await reply.send(await this.checks.check(checks));
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      await reply.status(503).send(error.getResponse());
    }
  }
}
