import { Inject, Injectable, type OnModuleDestroy, Optional } from '@nestjs/common';
import type { Redis } from 'ioredis';
import type { HttpUpstream } from '#config/upstreams-file.js';
import { Seal } from '#gateway/seal/seal.service.js';
import { REDIS } from '#redis/redis.js';
import { RedisHealth } from '#redis/redis-health.js';
import { Credentials } from '../credentials/credentials.js';
import type { UpstreamConnection } from '../upstream-connection.js';
import { UpstreamOrigins } from '../upstream-origin.js';
import { HttpConnection } from './http/http-connection.js';
import { SharedSessions } from './http/shared-sessions.js';

/** Upstreams over Streamable HTTP, of every revision that has it. */
@Injectable()
export class HttpConnections implements OnModuleDestroy {
  private readonly shared: SharedSessions | undefined;
  private isEnding = false;

  constructor(
    private readonly origins: UpstreamOrigins,
    private readonly credentials: Credentials,
    seal: Seal,
    @Optional() @Inject(REDIS) redis: Redis | undefined,
    @Optional() @Inject(RedisHealth) health: RedisHealth | undefined,
  ) {
    if (redis && health) this.shared = new SharedSessions(redis, health, seal);
  }

  open(spec: HttpUpstream): UpstreamConnection {
    return new HttpConnection(spec, this.origins, this.credentials, this.shared, () => this.isEnding);
  }

  /** What is closed from now on is closed because the process ends. */
  onModuleDestroy(): void {
    this.isEnding = true;
  }
}
