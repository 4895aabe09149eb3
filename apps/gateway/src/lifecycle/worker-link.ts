import cluster from 'node:cluster';
import type { Figures, FromWorker, ToWorker } from './worker-messages.js';

/** How long a scrape waits for the primary: it gives its workers less. */
const PATIENCE_MS = 2_000;

const ARGUMENT = '--worker=';

/** How the primary tells a new process its number, where `ps` shows it as well. */
export const argumentsOf = (number: number): string[] => [`${ARGUMENT}${number}`];

/** What a worker knows of the processes that it shares its port with: its number among them, and the way to the primary. */
export class WorkerLink {
  /** Resolves when the primary has gone: without it no connection would ever come again. */
  readonly orphaned: Promise<void>;
  private readonly waiting = new Map<number, (all: readonly Figures[] | undefined) => void>();
  private asked = 0;

  /** 1 to WORKERS. The process that replaces a dead one takes its number. */
  readonly number = Number(process.argv.find((argument) => argument.startsWith(ARGUMENT))!.slice(ARGUMENT.length));

  constructor(private readonly workers: number) {
    this.orphaned = new Promise((resolve) =>
      process.once('disconnect', () => {
        // Node would exit at once, in the middle of calls.
        cluster.worker!.exitedAfterDisconnect = true;
        resolve();
      }),
    );
    // Before the listener that Node installed when it started this worker.
    process.prependListener('disconnect', () => (cluster.worker!.exitedAfterDisconnect = true));
    process.on('message', (message: ToWorker) => {
      if (message.kind === 'gathered') this.waiting.get(message.id)?.(message.all);
    });
  }

  /** Worker `k` of `n` gets its part of what is to be shared among them all. */
  shareOf(total: number): number {
    return Math.floor(total / this.workers) + (this.number <= total % this.workers ? 1 : 0);
  }

  ready(url: string): void {
    this.tell({ kind: 'ready', url });
  }

  /** Whenever a process of the group is asked for its metrics, this worker answers with these. */
  contribute(count: () => Promise<Figures>): void {
    process.on('message', (message: ToWorker) => {
      if (message.kind !== 'count') return;
      void count().then((figures) => this.tell({ kind: 'figures', id: message.id, figures }));
    });
  }

  /** The metrics of all workers; undefined when the primary does not answer. */
  gather(): Promise<readonly Figures[] | undefined> {
    const id = ++this.asked;
    return new Promise<readonly Figures[] | undefined>((resolve) => {
      const timer = setTimeout(resolve, PATIENCE_MS, undefined);
      this.waiting.set(id, (all) => {
        clearTimeout(timer);
        resolve(all);
      });
      this.tell({ kind: 'ask', id });
    }).finally(() => this.waiting.delete(id));
  }

  private tell(message: FromWorker): void {
    if (process.connected) process.send!(message, undefined, undefined, () => undefined);
  }
}
