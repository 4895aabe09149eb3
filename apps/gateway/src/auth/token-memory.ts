import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '#observability/clock.js';
import { AuthMetrics } from './auth.metrics.js';
import { CallerTokens } from './caller-tokens.js';
import type { Verified } from './claims.js';
import { JwtStrategy } from './jwt.strategy.js';

const MOST_TOKENS = 10_000;
const REMEMBERED_MS = 30_000;

interface Remembered {
  readonly verified: Verified;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** Tokens that were found to be right a moment ago, by their full SHA-256. */
@Injectable()
export class TokenMemory {
  private readonly tokens = new LRUCache<string, Remembered>({ max: MOST_TOKENS });
  private readonly underWay = new Map<string, Promise<Verified>>();

  constructor(
    private readonly strategy: JwtStrategy,
    private readonly clock: Clock,
    private readonly metrics: AuthMetrics,
    private readonly callers: CallerTokens,
  ) {}

  /** Under which name a token is remembered. */
  nameOf(token: string): string {
    return hash('sha256', token, 'base64');
  }

  recall(name: string): Verified | undefined {
    const remembered = this.tokens.get(name);
    if (remembered === undefined || this.clock.now() >= remembered.until) {
      this.metrics.verified.inc();
      return undefined;
    }
    this.metrics.remembered.inc();
    return remembered.verified;
  }

  /** Verifies a token once for all who come with it meanwhile, and remembers it when it is right. */
  learn(name: string, token: string): Promise<Verified> {
    let verifying = this.underWay.get(name);
    if (!verifying) {
      verifying = this.strategy
        .verify(token)
        .then((verified) => {
          const until = Math.min(this.clock.now() + REMEMBERED_MS, verified.expiresAt * 1_000);
          this.tokens.set(name, { verified, until });
          this.callers.keep(verified.caller, token);
          return verified;
        })
        .finally(() => this.underWay.delete(name));
      this.underWay.set(name, verifying);
    }
    return verifying;
  }
}
