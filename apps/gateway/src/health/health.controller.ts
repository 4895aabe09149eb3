import { Controller, Get, Inject, Optional, Res, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckService, type HealthIndicatorFunction } from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { Ingestion } from '#core/signals/ingestion.js';
import { StoreHealth } from '#database/store-health.js';
import { Probe } from '#gateway/auth/auth.decorators.js';
import { Answers } from '#gateway/http/answers.js';
import { API_BASE } from '#gateway/http/base-path.js';
import { Group, Undocumented } from '#gateway/http/documented.js';
import { MCPHealthResponse } from './health.model.js';
import { Readiness } from './readiness.js';
import { VERSION } from './version.js';

/** How long after a failed write a gateway without a store of its own says that it takes no signals. */
const REMOTE_PENALTY_MS = 5_000;

@Group('health')
@Controller()
export class HealthController {
  constructor(
    private readonly terminus: HealthCheckService,
    private readonly readiness: Readiness,
    private readonly ingestion: Ingestion,
    @Optional() @Inject(StoreHealth) private readonly store: StoreHealth | undefined,
  ) {}

  /** The gateway's own state, from what it has noticed: asks nobody, so it answers whatever else is away. */
  @Get(`${API_BASE}/health`)
  @Probe()
  @Answers(200, MCPHealthResponse)
  getHealth(): MCPHealthResponse {
    const failedAt = this.ingestion.lastErrorAt;
    const accepting = this.accepting;
    return {
      status: accepting ? 'ok' : 'degraded',
      uptime_seconds: uptime(),
      accepting_signals: accepting,
      ...(failedAt && { last_ingest_error_at: failedAt.toISOString() }),
      version: VERSION,
    };
  }

  /** The same for those who look at the process rather than at the API. */
  @Get('health')
  @Probe()
  @Undocumented()
  readHealth() {
    const status = this.accepting ? 'healthy' : 'degraded';
    return { service: 'achilles-gateway', version: VERSION, status, uptime_seconds: uptime() };
  }

  /** The process runs and its event loop turns. */
  @Get('livez')
  @Probe()
  @Undocumented()
  live(@Res() reply: FastifyReply) {
    return this.answer(reply, []);
  }

  /** Requests can be served, and will be for a while. */
  @Get('readyz')
  @Probe()
  @Undocumented()
  ready(@Res() reply: FastifyReply) {
    return this.answer(reply, this.readiness.checks());
  }

  private get accepting(): boolean {
    if (this.store) return this.store.available;
    const failedAt = this.ingestion.lastErrorAt;
    return failedAt === undefined || Date.now() - failedAt.getTime() > REMOTE_PENALTY_MS;
  }

  private async answer(reply: FastifyReply, checks: HealthIndicatorFunction[]): Promise<void> {
    try {
      await reply.send(await this.terminus.check(checks));
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      await reply.status(503).send(error.getResponse());
    }
  }
}

const uptime = () => Math.round(process.uptime() * 1_000) / 1_000;
