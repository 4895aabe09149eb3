import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';
import { REFUSAL_REASONS, type RefusalReason } from './refusal-reasons.js';

/** What the operator can see of who is let in. The children of labels are looked up once, not per request. */
@Injectable()
export class AuthMetrics {
  readonly granted: Counter.Internal;
  readonly remembered: Counter.Internal;
  readonly verified: Counter.Internal;
  readonly fetched: Counter.Internal;
  readonly fetchFailed: Counter.Internal;
  private readonly denials: ReadonlyMap<RefusalReason, Counter.Internal>;
  private readonly adminTokensRefused: Readonly<Record<'argument' | 'header', Counter.Internal>>;

  constructor(private readonly registry: Registry) {
    const registers = [registry];
    const denied = new Counter({
      name: 'dynamic_mcp_http_auth_denied_total',
      help: 'Requests refused for who sent them, by reason.',
      labelNames: ['reason'],
      registers,
    });
    this.denials = new Map(REFUSAL_REASONS.map((reason) => [reason, from0(denied, reason)]));
    const granted = new Counter({
      name: 'dynamic_mcp_http_auth_success_total',
      help: 'Requests let in to a route that is not public.',
      registers,
    });
    this.granted = from0(granted);
    const lookUps = new Counter({
      name: 'achilles_auth_token_lookups_total',
      help: 'Tokens looked up in the memory of verified ones, by outcome.',
      labelNames: ['outcome'],
      registers,
    });
    this.remembered = from0(lookUps, 'hit');
    this.verified = from0(lookUps, 'miss');
    const fetches = new Counter({
      name: 'achilles_auth_jwks_fetches_total',
      help: "Fetches of an issuer's keys, by outcome.",
      labelNames: ['outcome'],
      registers,
    });
    this.fetched = from0(fetches, 'success');
    this.fetchFailed = from0(fetches, 'failure');
    const refused = new Counter({
      name: 'achilles_admin_token_refused_total',
      help: 'Times that something else was shown as the admin token, by where.',
      labelNames: ['where'],
      registers,
    });
    this.adminTokensRefused = { argument: from0(refused, 'argument'), header: from0(refused, 'header') };
  }

  adminTokenRefused(where: 'argument' | 'header'): void {
    this.adminTokensRefused[where].inc();
  }

  denied(reason: RefusalReason): void {
    this.denials.get(reason)?.inc();
  }

  /** Watches the keys of all issuers: how many work with keys that could not be fetched anew, and how old the oldest are. */
  watchKeys(staleIssuers: () => number, oldestSeconds: () => number): void {
    const registers = [this.registry];
    new Gauge({
      name: 'achilles_auth_jwks_stale_issuers',
      help: 'Issuers whose keys are in use although they could not be fetched anew.',
      // Every worker works with the keys of the same issuers.
      aggregator: 'max',
      registers,
      collect() {
        this.set(staleIssuers());
      },
    });
    new Gauge({
      name: 'achilles_auth_jwks_age_seconds',
      help: 'Age of the oldest keys in use.',
      aggregator: 'max',
      registers,
      collect() {
        this.set(oldestSeconds());
      },
    });
  }
}

/** A series that is there before its first event: a rate over it then counts that event too. */
function from0(counter: Counter, ...labels: string[]): Counter.Internal {
  const series = counter.labels(...labels);
  series.inc(0);
  return series;
}
