import { type DynamicModule, Module, type OnModuleDestroy, type Type } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import type { Config } from '#config/env.js';
import { ConfigModule } from '#config/config.module.js';
import { CoreModule } from '#core/core.module.js';
import type { EgressClient } from '#egress/egress-client.js';
import { EgressModule } from '#egress/egress.module.js';
import { ObservabilityModule } from '#observability/observability.module.js';
import { RedisModule } from '#redis/redis.module.js';
import { AgentPerformanceModule } from './agent-performance/agent-performance.module.js';
import { AuditModule } from './audit/audit.module.js';
import { AuthModule } from './auth/auth.module.js';
import { ErrorCorrelationsModule } from './error-correlations/error-correlations.module.js';
import { HandshakeModule } from './handshake/handshake.module.js';
import { HealthModule } from './health/health.module.js';
import { VERSION } from './health/version.js';
import { ErrorFilter } from './http/error.filter.js';
import { HttpModule } from './http/http.module.js';
import { validationPipe } from './http/validation.pipe.js';
import { InsightsModule } from './insights/insights.module.js';
import { LifecycleModule } from './lifecycle/lifecycle.module.js';
import { LifecycleService } from './lifecycle/lifecycle.service.js';
import type { WorkerLink } from './lifecycle/worker-link.js';
import { McpModule } from './mcp/mcp.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { ProjectsModule } from './projects/projects.module.js';
import { RateLimitModule } from './rate-limit/rate-limit.module.js';
import { SessionsModule } from './sessions/sessions.module.js';
import { SignalsModule } from './signals/signals.module.js';
import { SnapshotsModule } from './snapshots/snapshots.module.js';
import { ToolWiringModule } from './tool-wiring.js';
import type { ToolSource } from './tools/tool-source.js';
import { ToolsModule } from './tools/tools.module.js';
import { UpstreamAdminModule } from './upstreams/admin/upstream-admin.module.js';

export interface AppOptions {
  /** Set in one of several processes that share the port. */
  readonly worker?: WorkerLink;
  /** Features beside those of the product, for benches and tests of what stands around every feature. */
  readonly features?: readonly Type[];
  /** Sources of tools beside those of the product, likewise. */
  readonly sources?: readonly Type<ToolSource>[];
  /** Another way out, for tests of where it leads to. */
  readonly egress?: EgressClient;
}

/** The table of contents: every feature once, and what stands around every request. */
@Module({})
export class AppModule implements OnModuleDestroy {
  constructor(private readonly lifecycle: LifecycleService) {}

  static for(config: Config, { worker, features = [], sources = [], egress }: AppOptions = {}): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.for(config),
        ObservabilityModule,
        EgressModule.for(egress),
        RedisModule.for(config),
        CoreModule.for(config, VERSION),
        HttpModule,
        AuthModule,
        AuditModule.for(worker?.number),
        RateLimitModule.for(config),
        HandshakeModule,
        ProjectsModule,
        SessionsModule,
        SignalsModule,
        SnapshotsModule,
        InsightsModule,
        ErrorCorrelationsModule,
        AgentPerformanceModule,
        ToolsModule,
        ToolWiringModule.for(sources),
        UpstreamAdminModule,
        McpModule,
        HealthModule,
        MetricsModule,
        LifecycleModule.for(worker),
        ...features,
      ],
      providers: [
        { provide: APP_FILTER, useClass: ErrorFilter },
        { provide: APP_PIPE, useValue: validationPipe },
      ],
    };
  }

  /** The root is the first to be destroyed: nothing that a call in flight needs is closed before the call is answered. */
  async onModuleDestroy(): Promise<void> {
    await this.lifecycle.stopServing();
  }
}
