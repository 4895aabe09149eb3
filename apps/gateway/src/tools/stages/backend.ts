import { Injectable } from '@nestjs/common';
import { RetryBudget } from '#resilience/retry-budget.js';
import { backoffMs, RETRIED_STATUSES } from '#resilience/retry-policy.js';
import type { Tool, ToolAnswer } from '../tool.js';
import { ToolStageMetrics } from '../tool-stages.metrics.js';
import { BackendUnavailable, ToolTimeout, UpstreamResponse } from '../tools.errors.js';
import { CallTime } from './call-time.js';
import type { Work } from './work.js';

/** Of one call. */
const MOST_TRIES = 3;

/** Calls a tool where it is, more than once where that is harmless and a fifth of the calls have not been repeated yet. */
@Injectable()
export class Backend {
  /** By upstream. */
  private readonly budgets = new Map<string, RetryBudget>();

  constructor(private readonly metrics: ToolStageMetrics) {}

  /** One try, of a tool that is here. */
  callOnce({ time, ...call }: Work): Promise<ToolAnswer> {
    const { signal, deadline } = time;
    return time.during(() => call.tool.call({ ...call, signal, deadline }));
  }

  async call(work: Work): Promise<ToolAnswer> {
    const { tool, time } = work;
    const budget = this.budgetOf(tool);
    budget.called();
    for (let failed = 1; ; failed++) {
      try {
        return await this.try(work);
      } catch (error) {
        const wait = tool.idempotent && failed < MOST_TRIES ? waitBeforeRetry(error, failed) : undefined;
        if (wait === undefined || time.fault || wait >= time.remainingMs || !this.mayRetry(tool, budget)) throw error;
        await time.wait(wait);
      }
    }
  }

  /** A try has the time of the call, or less of it where the tool says so. */
  private async try(work: Work): Promise<ToolAnswer> {
    const { tool, time } = work;
    if (tool.tryTimeoutMs === undefined || tool.tryTimeoutMs >= time.remainingMs) return this.callOnce(work);
    const ms = tool.tryTimeoutMs;
    const own = new CallTime(ms, () => new ToolTimeout(tool.definition.name, ms), time.signal);
    try {
      return await time.during(() => this.callOnce({ ...work, time: own }));
    } finally {
      own.end();
    }
  }

  private mayRetry({ upstream }: Tool, budget: RetryBudget): boolean {
    const may = budget.take();
    (may ? this.metrics.retries : this.metrics.retriesDenied).inc({ upstream });
    return may;
  }

  private budgetOf({ upstream }: Tool): RetryBudget {
    let budget = this.budgets.get(upstream);
    if (!budget) this.budgets.set(upstream, (budget = new RetryBudget()));
    return budget;
  }
}

/** Milliseconds; undefined for an error that another try would not change. */
function waitBeforeRetry(error: unknown, failed: number): number | undefined {
  const backoff = backoffMs(failed - 1);
  if (error instanceof BackendUnavailable || error instanceof ToolTimeout) return backoff;
  if (!(error instanceof UpstreamResponse)) return undefined;
  const { members, retryAfter } = error.details;
  if (!RETRIED_STATUSES.has(Number(members!['upstream_status']))) return undefined;
  return retryAfter === undefined ? backoff : Math.max(retryAfter * 1_000, backoff);
}
