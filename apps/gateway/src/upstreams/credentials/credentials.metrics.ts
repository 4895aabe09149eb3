import { Injectable } from '@nestjs/common';
import { Counter, Registry } from 'prom-client';

export const GRANTS = ['client_credentials', 'token_exchange', 'authorization_code', 'refresh_token'] as const;
export type GrantType = (typeof GRANTS)[number];
export const OUTCOMES = ['granted', 'refused', 'unavailable'] as const;
export type Outcome = (typeof OUTCOMES)[number];
export const RELOADS = ['applied', 'refused'] as const;
export const CONNECTS = ['asked', 'connected', 'failed', 'disconnected'] as const;

/** What authorisation servers said, and what became of secrets and connections. */
@Injectable()
export class CredentialsMetrics {
  private readonly tokens: Counter<'grant' | 'outcome'>;
  private readonly reloads: Counter<'result'>;
  private readonly connects: Counter<'event'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.tokens = new Counter({
      name: 'achilles_upstream_tokens_total',
      help: 'Tokens that authorisation servers of upstreams were asked for, by grant and outcome.',
      labelNames: ['grant', 'outcome'],
      registers,
    });
    this.reloads = new Counter({
      name: 'achilles_upstream_secret_reloads_total',
      help: 'Changes of files that hold a secret of an upstream, by whether it could be used.',
      labelNames: ['result'],
      registers,
    });
    this.connects = new Counter({
      name: 'achilles_upstream_connects_total',
      help: 'Connections of users with upstreams, by what happened: asked for, connected, failed or disconnected.',
      labelNames: ['event'],
      registers,
    });
    for (const grant of GRANTS) for (const outcome of OUTCOMES) this.tokens.inc({ grant, outcome }, 0);
    for (const result of RELOADS) this.reloads.inc({ result }, 0);
    for (const event of CONNECTS) this.connects.inc({ event }, 0);
  }

  asked(grant: GrantType, outcome: Outcome): void {
    this.tokens.inc({ grant, outcome });
  }

  reloaded(result: (typeof RELOADS)[number]): void {
    this.reloads.inc({ result });
  }

  connect(event: (typeof CONNECTS)[number]): void {
    this.connects.inc({ event });
  }
}
