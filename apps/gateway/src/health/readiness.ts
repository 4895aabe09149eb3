import { Injectable } from '@nestjs/common';
import { type HealthIndicatorFunction, HealthIndicatorService } from '@nestjs/terminus';
import { LifecycleService } from '#gateway/lifecycle/lifecycle.service.js';
import { UpstreamStates } from '#gateway/upstreams/upstream-states.service.js';
import { Dependencies } from './dependencies.js';

/** What /readyz asks. *Down* takes this replica out of its balancer; *degraded* tells, and leaves it in. */
@Injectable()
export class Readiness {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly lifecycle: LifecycleService,
    private readonly dependencies: Dependencies,
    private readonly upstreams: UpstreamStates,
  ) {}

  /** While draining the answer is no, at once: what else is well does not matter any more. */
  checks(): HealthIndicatorFunction[] {
    if (this.lifecycle.draining) return [() => this.indicators.check('lifecycle').down('draining')];
    return [...this.dependencies.checks(), ...(this.upstreams.isEmpty ? [] : [() => this.servers()])];
  }

  /** None of them takes this replica out: the others have the same ones behind them. */
  private servers() {
    const indicator = this.indicators.check('upstreams');
    const { required, others } = this.upstreams.away();
    if (required.length > 0) return indicator.degraded({ message: 'do not answer', away: [...required, ...others] });
    return others.length > 0 ? indicator.up({ away: others }) : indicator.up();
  }
}
