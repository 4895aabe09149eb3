import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import { Clock } from '#observability/clock.js';
import { RunRejected } from '../dynamic-tools.errors.js';
import type { ScopeFigures } from './guarded-scope.js';
import { GuardedScopes } from './guarded-scopes.js';
import { type Rejection, RunGuardMetrics } from './run-guard.metrics.js';

/** Tenants of which anything is remembered. */
const MOST_TENANTS = 10_000;
/** Scopes of one tenant beside those of its dynamic tools, and of tools that it had. */
const MORE_SCOPES = 256;

/** Seconds after which there may be a place again. */
const RETRY_WHEN_BUSY = 1;

export interface GuardLimits {
  readonly maxConcurrency: number;
  readonly maxCallsPerWindow: number;
  readonly windowMs: number;
}

/** What one tenant may know of the guard: its own runs. */
export interface GuardReport {
  readonly activeExecutions: number;
  readonly limits: GuardLimits;
  /** By name. */
  readonly scopes: readonly ScopeFigures[];
}

/** Bounds how often, and how many times at once, one scope of one tenant runs. */
@Injectable()
export class RunGuard {
  readonly limits: GuardLimits;
  private readonly scopes: GuardedScopes;
  private active = 0;

  constructor(
    private readonly clock: Clock,
    private readonly metrics: RunGuardMetrics,
    config: ConfigService<Config, true>,
  ) {
    this.limits = {
      maxConcurrency: config.get('MCP_TOOL_MAX_CONCURRENCY', { infer: true }),
      maxCallsPerWindow: config.get('MCP_TOOL_MAX_CALLS_PER_WINDOW', { infer: true }),
      windowMs: config.get('MCP_TOOL_RATE_WINDOW_MS', { infer: true }),
    };
    const mostScopes = config.get('MCP_DYNAMIC_MAX_TOOLS', { infer: true }) + MORE_SCOPES;
    this.scopes = new GuardedScopes(this.limits.windowMs, MOST_TENANTS, mostScopes);
    metrics.active = () => this.active;
  }

  /** A run that does not end well, or not at all, counts as failed. What is refused counts against no limit. @throws RunRejected */
  async through<Outcome extends { readonly ok: boolean }>(
    tenant: string,
    scope: string,
    run: () => Promise<Outcome>,
  ): Promise<Outcome> {
    const { maxConcurrency, maxCallsPerWindow } = this.limits;
    const guarded = this.scopes.use(tenant, scope);
    const now = this.clock.now();
    if (guarded.window.count(now) >= maxCallsPerWindow) {
      guarded.rejectedRate++;
      throw this.rejection('rate', scope, Math.max(1, Math.ceil(guarded.window.freeIn(now) / 1_000)));
    }
    if (guarded.active >= maxConcurrency) {
      guarded.rejectedConcurrency++;
      throw this.rejection('concurrency', scope, RETRY_WHEN_BUSY);
    }
    guarded.window.add(now);
    guarded.allowed++;
    guarded.active++;
    this.active++;
    let ok = false;
    try {
      const outcome = await run();
      ok = outcome.ok;
      return outcome;
    } finally {
      guarded.active--;
      this.active--;
      if (!ok) guarded.failed++;
    }
  }

  report(tenant: string): GuardReport {
    const scopes = this.scopes.of(tenant);
    return {
      activeExecutions: scopes.reduce((sum, { active }) => sum + active, 0),
      limits: this.limits,
      scopes: scopes.map(({ figures }) => figures).sort((a, b) => (a.scope < b.scope ? -1 : 1)),
    };
  }

  private rejection(kind: Rejection, scope: string, retryAfter: number): Error {
    this.metrics.rejections.inc({ kind });
    return new RunRejected(scope, retryAfter);
  }
}
