import { Inject, Injectable } from '@nestjs/common';
import type { Issuer } from '#config/issuers-file.js';
import { EgressClient } from '#egress/egress-client.js';
import { Clock } from '#observability/clock.js';
import { AuthMetrics } from './auth.metrics.js';
import { JwksFetcher } from './fetch-jwks.js';
import { IssuerKeys } from './issuer-keys.js';

/** Injection token of the issuers that the operator named. */
export const ISSUERS = Symbol('ISSUERS');

/** An issuer, and where its keys come from. */
export interface TrustedIssuer extends Issuer {
  readonly keys: IssuerKeys;
}

/** Everybody whose tokens are taken, by name. */
@Injectable()
export class Issuers {
  private readonly byName: ReadonlyMap<unknown, TrustedIssuer>;

  constructor(@Inject(ISSUERS) issuers: readonly Issuer[], clock: Clock, metrics: AuthMetrics, egress: EgressClient) {
    const fetcher = new JwksFetcher(egress);
    const trusted = issuers.map((issuer) => ({
      ...issuer,
      keys: new IssuerKeys(issuer.jwksUrl, fetcher, clock, metrics),
    }));
    this.byName = new Map(trusted.map((issuer) => [issuer.name, issuer]));
    metrics.watchKeys(
      () => trusted.filter(({ keys }) => keys.isStale).length,
      () => Math.max(0, ...trusted.map(({ keys }) => keys.ageMs).filter(Number.isFinite)) / 1_000,
    );
  }

  /** The issuer of exactly this name. */
  named(name: unknown): TrustedIssuer | undefined {
    return this.byName.get(name);
  }

  get names(): readonly string[] {
    return [...this.byName.values()].map(({ name }) => name);
  }

  /** True where tokens are asked for. */
  get any(): boolean {
    return this.byName.size > 0;
  }
}
