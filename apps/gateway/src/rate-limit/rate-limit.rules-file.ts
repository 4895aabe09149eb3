import { type BigIntStats, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import { readRateLimits } from '#config/rate-limits-file.js';
import { RateLimitMetrics } from './rate-limit.metrics.js';
import { RateLimitPlans } from './rate-limit.plans.js';
import { RateLimitRules } from './rate-limit.rules.js';

const POLL_MS = 1_000;

/**
 * The rules that hold now. The file is looked at every second, not watched: what a ConfigMap mounts is a link whose
 * target is exchanged, which a watch does not see. A file that is wrong or gone changes nothing but a metric and one
 * line in the log.
 */
@Injectable()
export class RateLimitRulesFile implements OnApplicationShutdown {
  plans: RateLimitPlans;
  private readonly logger = new Logger('RateLimit');
  private readonly file: string;
  private readonly requestsPerMinute: number;
  private seen: string;
  private readonly timer: NodeJS.Timeout;

  constructor(
    @Inject(ConfigService) config: ConfigService<Config, true>,
    private readonly metrics: RateLimitMetrics,
  ) {
    this.file = config.get('RATE_LIMITS_FILE', { infer: true });
    this.requestsPerMinute = config.get('RATE_LIMIT_RPM', { infer: true });
    // Before it is read: what is written meanwhile is then seen as a change.
    this.seen = stampOf(statSync(this.file, { bigint: true, throwIfNoEntry: false }));
    this.plans = this.read();
    this.timer = setInterval(() => void this.look(), POLL_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private read(): RateLimitPlans {
    return new RateLimitPlans(new RateLimitRules(readRateLimits(this.file) ?? {}, this.requestsPerMinute));
  }

  private async look(): Promise<void> {
    const stamp = stampOf(await stat(this.file, { bigint: true }).catch(() => undefined));
    if (stamp === this.seen) return;
    this.seen = stamp;
    try {
      if (stamp === GONE) throw new Error(`${this.file} is gone`);
      this.plans = this.read();
      this.metrics.reloaded('applied');
      this.logger.log(`${this.file} has changed: its limits hold from now on`);
    } catch (error) {
      this.metrics.reloaded('refused');
      this.logger.error(`the limits stay as they were: ${(error as Error).message}`);
    }
  }
}

const GONE = '';

const stampOf = (stats: BigIntStats | undefined): string =>
  stats ? `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}` : GONE;
