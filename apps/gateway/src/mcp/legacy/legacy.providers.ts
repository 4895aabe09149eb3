import type { Provider } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Redis } from 'ioredis';
import type { Config } from '#config/env.js';
import { REDIS } from '#redis/redis.js';
import { RedisHealth } from '#redis/redis-health.js';
import { Bridge } from './bridge.js';
import { CallsInFlight } from './calls-in-flight.js';
import { ClientRequests } from './client-requests.js';
import { EventLog, MemoryEventLog, RedisEventLog } from './event-log.js';
import { LegacyEndpoint } from './legacy.endpoint.js';
import { LegacyMessages } from './legacy-messages.js';
import { LegacyMethods } from './legacy-methods.js';
import { LegacyMetrics } from './legacy.metrics.js';
import { SessionLists } from './fingerprints.js';
import { SessionTokens } from './legacy-session.js';
import { LegacySessions } from './legacy-sessions.js';
import { SessionMemory } from './session-memory.js';
import { SessionStreams } from './session-streams.js';
import { Sse2024Conversations } from './sse-2024-conversations.js';
import { Sse2024Dialogue } from './sse-2024-dialogue.js';
import { Sse2024Endpoint } from './sse-2024.endpoint.js';

const optional = (token: symbol | typeof RedisHealth) => ({ token, optional: true });

/** Everything behind the revisions with a handshake. */
export const LEGACY_PROVIDERS: readonly Provider[] = [
  LegacyMetrics,
  SessionTokens,
  SessionLists,
  SessionMemory,
  LegacySessions,
  LegacyMethods,
  ClientRequests,
  CallsInFlight,
  Bridge,
  LegacyMessages,
  SessionStreams,
  LegacyEndpoint,
  Sse2024Dialogue,
  Sse2024Conversations,
  Sse2024Endpoint,
  {
    provide: EventLog,
    inject: [ConfigService, optional(REDIS), optional(RedisHealth)],
    useFactory: (config: ConfigService<Config, true>, redis?: Redis, health?: RedisHealth): EventLog => {
      const idleSeconds = config.get('MCP_SESSION_IDLE_SECONDS', { infer: true });
      return redis && health ? new RedisEventLog(redis, health, idleSeconds) : new MemoryEventLog(idleSeconds * 1_000);
    },
  },
];
