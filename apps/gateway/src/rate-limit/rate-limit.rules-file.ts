import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import { readRateLimits } from '#config/rate-limits-file.js';
import { WatchedFile } from '#config/watched-file.js';
import { RateLimitMetrics } from './rate-limit.metrics.js';
import { RateLimitPlans } from './rate-limit.plans.js';
import { RateLimitRules } from './rate-limit.rules.js';

/** The rules that hold now. A file that is wrong or gone changes nothing but a metric and one line in the log. */
@Injectable()
export class RateLimitRulesFile implements OnApplicationShutdown {
  plans: RateLimitPlans;
  private readonly logger = new Logger('RateLimit');
  private readonly file: WatchedFile;
  private readonly requestsPerMinute: number;

  constructor(
    @Inject(ConfigService) config: ConfigService<Config, true>,
    private readonly metrics: RateLimitMetrics,
  ) {
    this.requestsPerMinute = config.get('RATE_LIMIT_RPM', { infer: true });
    // Before it is read: what is written meanwhile is then seen as a change.
    this.file = new WatchedFile(config.get('RATE_LIMITS_FILE', { infer: true }), (isThere) => this.reload(isThere));
    this.plans = this.read();
  }

  onApplicationShutdown(): void {
    this.file.close();
  }

  private read(): RateLimitPlans {
    return new RateLimitPlans(new RateLimitRules(readRateLimits(this.file.path) ?? {}, this.requestsPerMinute));
  }

  private reload(isThere: boolean): void {
    const { path } = this.file;
    try {
      if (!isThere) throw new Error(`${path} is gone`);
      this.plans = this.read();
      this.metrics.reloaded('applied');
      this.logger.log(`${path} has changed: its limits hold from now on`);
    } catch (error) {
      this.metrics.reloaded('refused');
      this.logger.error(`the limits stay as they were: ${(error as Error).message}`);
    }
  }
}
