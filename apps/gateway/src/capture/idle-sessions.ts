import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import { CaptureSessions } from './capture-sessions.js';

const LOOK_MS = 60_000;

/** Ends captured sessions that have been silent, for a remote Core: it does not know that nobody else will. */
@Injectable()
export class IdleSessions implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('Capture');
  private readonly isRemote: boolean;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly sessions: CaptureSessions,
    config: ConfigService<Config, true>,
  ) {
    this.isRemote = config.get('ACHILLES_CORE', { infer: true }) === 'remote';
  }

  onModuleInit(): void {
    if (this.isRemote) this.timer = setInterval(() => void this.look(), LOOK_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    try {
      await this.sessions.endIdle(Date.now());
    } catch (error) {
      // Those that are left are looked at again.
      this.logger.debug(`silent sessions were not ended: ${(error as Error).message}`);
    }
  }
}
