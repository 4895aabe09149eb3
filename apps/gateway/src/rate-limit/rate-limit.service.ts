import { Inject, Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import type { Caller } from '#core/caller.js';
import { LimitsUnavailable, RateLimited } from './rate-limit.errors.js';
import { RateLimitMetrics } from './rate-limit.metrics.js';
import type { Limit, Plan } from './rate-limit.plans.js';
import { RateLimitRulesFile } from './rate-limit.rules-file.js';
import { RateLimitStorage, type Taken } from './rate-limit.storage.js';

/** What a call met. `taken` is missing where it was let through uncounted. */
export interface Counted {
  readonly plan: Plan;
  readonly taken?: Taken;
  /** The limit that refused it. */
  readonly refusedBy?: Limit;
}

/** The operation of calls inside calls: that of `POST /v1/tools/{name}/call`, so that limits of that route hold for them. */
const INSIDE = 'callTool';

type Done = (error: Error | undefined, counted: Counted) => void;

/** Which limits a call counts against, and whether there is room. */
@Injectable()
export class RateLimitService {
  private readonly failsClosed: boolean;

  constructor(
    private readonly storage: RateLimitStorage,
    private readonly rules: RateLimitRulesFile,
    private readonly metrics: RateLimitMetrics,
    @Inject(ConfigService) config: ConfigService<Config, true>,
  ) {
    this.failsClosed = config.get('RATE_LIMIT_FAIL_MODE', { infer: true }) === 'closed';
  }

  /** Counts a request. Calls back at once where the limits are in memory. */
  takeRequest(caller: Caller | undefined, operation: string, address: string, done: Done): void {
    this.count(this.rules.plans.ofRequest(caller, operation, address), done);
  }

  /** Counts a call of a tool, which comes beside the request that carried it. @throws RateLimited, LimitsUnavailable */
  take(caller: Caller, { tool }: { readonly tool: string }): Promise<Counted> {
    const { promise, resolve, reject } = Promise.withResolvers<Counted>();
    this.count(this.rules.plans.ofTool(caller, tool), (error, counted) => (error ? reject(error) : resolve(counted)));
    return promise;
  }

  /** Counts a call that a tool makes, beside what it counts as a tool's: as a request would. @throws RateLimited, LimitsUnavailable */
  takeInside(caller: Caller): Promise<Counted> {
    const { promise, resolve, reject } = Promise.withResolvers<Counted>();
    this.takeRequest(caller, INSIDE, '', (error, counted) => (error ? reject(error) : resolve(counted)));
    return promise;
  }

  private count(plan: Plan, done: Done): void {
    if (plan.limits.length === 0) return done(undefined, { plan });
    if (!this.storage.available) return this.uncounted(plan, done);
    const taken = this.storage.take(plan.limits);
    if (!(taken instanceof Promise)) return this.decide(plan, taken, done);
    taken.then(
      (answer) => this.decide(plan, answer, done),
      () => {
        this.metrics.storageFailures.inc();
        this.uncounted(plan, done);
      },
    );
  }

  private decide(plan: Plan, taken: Taken, done: Done): void {
    const { refused } = taken;
    if (refused < 0) {
      this.metrics.granted[plan.limits[0]!.kind].inc();
      return done(undefined, { plan, taken });
    }
    const refusedBy = plan.limits[refused]!;
    const { kind, limit, seconds } = refusedBy;
    this.metrics.limited[kind].inc();
    const retryAfter = Math.max(1, Math.ceil(taken.standings[refused]!.resetsInMs / 1_000));
    done(new RateLimited(kind, limit, seconds, retryAfter), { plan, taken, refusedBy });
  }

  private uncounted(plan: Plan, done: Done): void {
    if (this.failsClosed) {
      this.metrics.failedClosed.inc();
      return done(new LimitsUnavailable(), { plan });
    }
    this.metrics.failedOpen.inc();
    done(undefined, { plan });
  }
}
