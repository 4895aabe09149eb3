import { Inject, Injectable, Optional } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';
import { type Backlog, ProcessingBacklog } from '#core/processing/processing-backlog.js';

/** What was read so lately is read again from memory: several scrapers ask the store no more than one. */
const FRESH_MS = 5_000;
/** A scrape waits this long for the store, and then goes without. */
const PATIENCE_MS = 500;

/**
 * How far processing is behind, for the whole database. While the store is away the two gauges are missing, which an
 * alert on their absence sees; a scrape never waits for it.
 */
@Injectable()
export class ProcessingMetrics {
  private known: { readonly backlog: Backlog; readonly at: number } | undefined;
  private asking: Promise<void> | undefined;

  constructor(
    registry: Registry,
    @Optional() @Inject(ProcessingBacklog) private readonly backlog: ProcessingBacklog | undefined,
  ) {
    // With a remote Core, that is the one who processes.
    if (!backlog) return;
    const read = (figure: keyof Backlog) => this.read(figure);
    const gauge = (name: string, help: string, figure: keyof Backlog) =>
      new Gauge({
        name,
        help,
        registers: [registry],
        // Every worker reads the same database.
        aggregator: 'max',
        async collect() {
          const value = await read(figure);
          if (value === undefined) this.remove();
          else this.set(value);
        },
      });
    gauge('achilles_processing_backlog_sessions', 'Sessions that wait to be processed.', 'sessions');
    gauge('achilles_processing_lag_seconds', 'How long the oldest of them has waited.', 'lagSeconds');
  }

  private async read(figure: keyof Backlog): Promise<number | undefined> {
    if (!this.isFresh) {
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)));
      await Promise.race([(this.asking ??= this.ask()), patience]);
      clearTimeout(timer);
    }
    return this.isFresh ? this.known!.backlog[figure] : undefined;
  }

  private get isFresh(): boolean {
    return this.known !== undefined && performance.now() - this.known.at < FRESH_MS;
  }

  /** One question at a time, however many scrapes have given up on it. */
  private async ask(): Promise<void> {
    try {
      this.known = { backlog: await this.backlog!.measure(), at: performance.now() };
    } catch {
      // The store's own health tells of it.
    } finally {
      this.asking = undefined;
    }
  }
}
