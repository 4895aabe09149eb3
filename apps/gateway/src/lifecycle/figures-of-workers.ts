import type { Worker } from 'node:cluster';
import type { Figures, ToWorker } from './worker-messages.js';

/** How long a worker has to answer before its last figures stand in for it. */
const PATIENCE_MS = 1_000;

/**
 * Gathers the metrics of all workers at the primary. What a dead or a hanging worker had counted at the last scrape
 * goes on being counted: a sum that falls would look like a restart of everything, and as a jump in every rate.
 */
export class FiguresOfWorkers {
  private readonly last = new Map<number, Figures>();
  private readonly pending = new Map<number, (number: number, figures: Figures) => void>();
  private retired: Figures | undefined;
  private rounds = 0;

  /** Asks every one of these workers, by its number. */
  async gather(workers: ReadonlyMap<number, Worker>): Promise<Figures[]> {
    const round = ++this.rounds;
    const missing = new Set(workers.keys());
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, PATIENCE_MS);
      this.pending.set(round, (number, figures) => {
        this.last.set(number, figures);
        if (missing.delete(number) && missing.size === 0) {
          clearTimeout(timer);
          resolve();
        }
      });
      for (const worker of workers.values()) send(worker, { kind: 'count', id: round });
    });
    this.pending.delete(round);
    return [...this.last.values(), ...(this.retired ? [this.retired] : [])];
  }

  arrived(round: number, number: number, figures: Figures): void {
    this.pending.get(round)?.(number, figures);
  }

  /** A worker has ended: what it counted stays, what it was does not. */
  async retire(number: number): Promise<void> {
    const figures = this.last.get(number);
    this.last.delete(number);
    if (!figures) return;
    const counted = figures.filter(({ type }) => isCounted(type));
    // Loaded by the first worker that dies, if one does.
    const { AggregatorRegistry } = await import('prom-client');
    const sum = AggregatorRegistry.aggregate(this.retired ? [this.retired, counted] : [counted]);
    this.retired = await sum.getMetricsAsJSON();
  }
}

/** prom-client declares its types as numbers and sends them as words. */
const isCounted = (type: unknown) => type === 'counter' || type === 'histogram';

/** A worker that has just died is found out by its exit, not here. */
export function send(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message, () => undefined);
}
