import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';

export const RELOADS = ['applied', 'refused'] as const;
export type Reload = (typeof RELOADS)[number];

/** What became of edits of the catalogue and of its credentials. */
@Injectable()
export class CatalogueMetrics {
  private readonly reloads: Counter<'result'>;
  private readonly tokens: Counter<'result'>;
  private readonly tools: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    this.reloads = new Counter({
      name: 'achilles_catalogue_reloads_total',
      help: 'Changes of the tools file, by whether it could be used.',
      labelNames: ['result'],
      registers,
    });
    this.tokens = new Counter({
      name: 'achilles_catalogue_token_reloads_total',
      help: 'Changes of files that hold a token of a backend, by whether it could be used.',
      labelNames: ['result'],
      registers,
    });
    this.tools = new Gauge({
      name: 'achilles_catalogue_tools',
      help: 'Tools that the catalogue offers.',
      // Each worker reads the same file.
      aggregator: 'max',
      registers,
    });
    for (const result of RELOADS) {
      this.reloads.inc({ result }, 0);
      this.tokens.inc({ result }, 0);
    }
  }

  offered(tools: number): void {
    this.tools.set(tools);
  }

  reloaded(result: Reload): void {
    this.reloads.inc({ result });
  }

  tokenReloaded(result: Reload): void {
    this.tokens.inc({ result });
  }
}
