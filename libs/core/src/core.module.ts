import {
  type DynamicModule,
  Global,
  Inject,
  Module,
  type OnModuleDestroy,
  type OnModuleInit,
  Optional,
} from '@nestjs/common';
import type { Provider, Type } from '@nestjs/common';
import type { Config } from '#config/env.js';
import { DatabaseModule } from '#database/database.module.js';
import { Store } from '#database/store.js';
import { EgressClient } from '#egress/egress-client.js';
import { AgentPerformance } from './agent-performance/agent-performance.js';
import { EmbeddedAgentPerformance } from './agent-performance/agent-performance.embedded.js';
import { RemoteAgentPerformance } from './agent-performance/agent-performance.remote.js';
import { ErrorCorrelations } from './error-correlations/error-correlations.js';
import { EmbeddedErrorCorrelations } from './error-correlations/error-correlations.embedded.js';
import { RemoteErrorCorrelations } from './error-correlations/error-correlations.remote.js';
import { Handshakes } from './handshake/handshakes.js';
import { EmbeddedHandshakes, HANDSHAKE_OFFER } from './handshake/handshakes.embedded.js';
import { CORE_API_KEY, RemoteHandshakes } from './handshake/handshakes.remote.js';
import { Insights } from './insights/insights.js';
import { EmbeddedInsights } from './insights/insights.embedded.js';
import { RemoteInsights } from './insights/insights.remote.js';
import { ProcessingBacklog } from './processing/processing-backlog.js';
import { ProcessingQueue } from './processing/processing-queue.js';
import { ProcessingRunner } from './processing/processing-runner.js';
import { Projects } from './projects/projects.js';
import { EmbeddedProjects } from './projects/projects.embedded.js';
import { RemoteProjects } from './projects/projects.remote.js';
import { CoreClient } from './remote/core-client.js';
import { EmbeddedSessionNews } from './sessions/session-news.embedded.js';
import { SessionNews } from './sessions/session-news.js';
import { Sessions } from './sessions/sessions.js';
import { EmbeddedSessions } from './sessions/sessions.embedded.js';
import { RemoteSessions } from './sessions/sessions.remote.js';
import { Ingestion, MAX_EVENT_BYTES } from './signals/ingestion.js';
import { Signals } from './signals/signals.js';
import { EmbeddedSignals } from './signals/signals.embedded.js';
import { RemoteSignals } from './signals/signals.remote.js';
import { Snapshots } from './snapshots/snapshots.js';
import { EmbeddedSnapshots } from './snapshots/snapshots.embedded.js';
import { RemoteSnapshots } from './snapshots/snapshots.remote.js';

/** What is true about each noun, and who answers: area · embedded driver · remote driver. */
const AREAS = [
  [AgentPerformance, EmbeddedAgentPerformance, RemoteAgentPerformance],
  [ErrorCorrelations, EmbeddedErrorCorrelations, RemoteErrorCorrelations],
  [Handshakes, EmbeddedHandshakes, RemoteHandshakes],
  [Insights, EmbeddedInsights, RemoteInsights],
  [Projects, EmbeddedProjects, RemoteProjects],
  [Sessions, EmbeddedSessions, RemoteSessions],
  [Signals, EmbeddedSignals, RemoteSignals],
  [Snapshots, EmbeddedSnapshots, RemoteSnapshots],
] as const;

/** Achilles Core behind one interface, answered here or by a remote Core as the configuration says. */
@Global()
@Module({})
export class CoreModule implements OnModuleInit, OnModuleDestroy {
  constructor(
    @Optional() @Inject(ProcessingRunner) private readonly processing: ProcessingRunner | undefined,
    @Optional() @Inject(SessionNews) private readonly news: EmbeddedSessionNews | undefined,
  ) {}

  static for(config: Config, version: string): DynamicModule {
    const embedded = config.ACHILLES_CORE === 'embedded';
    const drivers: Provider[] = AREAS.map(([area, Embedded, Remote]) => ({
      provide: area,
      useClass: (embedded ? Embedded : Remote) as Type,
    }));
    return {
      module: CoreModule,
      imports: embedded ? [DatabaseModule] : [],
      providers: [
        ...drivers,
        Ingestion,
        { provide: MAX_EVENT_BYTES, useValue: config.MAX_EVENT_BYTES },
        ...(embedded ? embeddedProviders(config, version) : remoteProviders(config)),
      ],
      exports: [
        ...AREAS.map(([area]) => area),
        Ingestion,
        ...(embedded ? [DatabaseModule, ProcessingBacklog, SessionNews] : [CoreClient]),
      ],
    };
  }

  async onModuleInit(): Promise<void> {
    await this.processing?.start();
  }

  async onModuleDestroy(): Promise<void> {
    this.news?.stop();
    await this.processing?.stop();
  }
}

const embeddedProviders = (config: Config, version: string): Provider[] => [
  {
    provide: HANDSHAKE_OFFER,
    useValue: {
      version,
      preferredBatchSize: config.PREFERRED_BATCH_SIZE,
      maxBatchBytes: config.MAX_BATCH_BYTES,
      maxEventBytes: config.MAX_EVENT_BYTES,
      tokenTtlSeconds: config.SESSION_TOKEN_TTL_SECONDS,
    },
  },
  {
    provide: SessionNews,
    inject: [Store],
    useFactory: (store: Store) => new EmbeddedSessionNews(store.database, store.connection),
  },
  { provide: ProcessingBacklog, inject: [Store], useFactory: (store: Store) => new ProcessingBacklog(store.database) },
  { provide: ProcessingQueue, inject: [Store], useFactory: (store: Store) => new ProcessingQueue(store.connection) },
  {
    provide: ProcessingRunner,
    inject: [Store, ProcessingQueue],
    useFactory: (store: Store, queue: ProcessingQueue) =>
      new ProcessingRunner(store, queue, config.PROCESSING_CONCURRENCY),
  },
];

const remoteProviders = (config: Config): Provider[] => [
  { provide: CORE_API_KEY, useValue: config.ACHILLES_API_KEY },
  {
    provide: CoreClient,
    inject: [EgressClient],
    useFactory: (egress: EgressClient) =>
      new CoreClient(egress, {
        baseUrl: config.ACHILLES_BASE_URL!,
        apiKey: config.ACHILLES_API_KEY!,
        timeoutSeconds: config.HTTP_TIMEOUT_SECONDS,
        maxRetries: config.HTTP_MAX_RETRIES,
      }),
  },
];
