import cluster, { type Worker } from 'node:cluster';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '#config/env.js';
import { StructuredLogger } from '#observability/logger.js';
import { announce } from './announce.js';
import { FiguresOfWorkers, send } from './figures-of-workers.js';
import { argumentsOf } from './worker-link.js';
import type { FromWorker } from './worker-messages.js';

/** Beyond what a worker allows itself for its stop. */
const LAST_PATIENCE_SECONDS = 20;
const LONGEST_PAUSE_MS = 30_000;
/** A worker that has lived this long is no part of a series of failures. */
const HEALTHY_AFTER_MS = 60_000;
/** Starts that may fail one after the other while no worker serves. */
const HOPELESS = 5;

/** Runs WORKERS processes that share one port, until `signalled`. @returns the exit code */
export async function supervise(config: Config, signalled: Promise<unknown>): Promise<number> {
  const primary = new Primary(config);
  try {
    const url = await Promise.race([primary.start(), signalled, primary.hopeless]);
    if (typeof url === 'string') {
      announce(url);
      await Promise.race([signalled, primary.hopeless]);
    }
  } finally {
    await primary.stop();
  }
  return primary.failed ? 1 : 0;
}

interface Seat {
  readonly number: number;
  worker: Worker | undefined;
  startedAt: number;
  failures: number;
}

class Primary {
  /** Rejects when no worker serves and none can be started. */
  readonly hopeless: Promise<never>;
  failed = false;
  private readonly logger: StructuredLogger;
  private readonly figures = new FiguresOfWorkers();
  private readonly serving = new Map<number, Worker>();
  private readonly seats: readonly Seat[];
  private giveUp!: (error: Error) => void;
  private stopping = false;

  constructor(private readonly config: Config) {
    this.logger = new StructuredLogger(config.LOG_LEVEL);
    this.seats = Array.from({ length: config.WORKERS }, (_, index) => ({
      number: index + 1,
      worker: undefined,
      startedAt: 0,
      failures: 0,
    }));
    this.hopeless = new Promise<never>((_, reject) => (this.giveUp = reject));
    this.hopeless.catch(() => undefined);
  }

  /** The first worker goes ahead: it migrates the database, and what is wrong is said once. @returns the shared URL */
  async start(): Promise<string> {
    const [first, ...others] = this.seats;
    const url = await this.fill(first!);
    await Promise.all(others.map((seat) => this.fill(seat)));
    return url;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    const patience = this.config.SHUTDOWN_DRAIN_SECONDS + this.config.SHUTDOWN_TIMEOUT_SECONDS + LAST_PATIENCE_SECONDS;
    await Promise.all(
      this.seats.map(async ({ worker }) => {
        if (!worker || worker.isDead()) return;
        const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
        worker.process.kill('SIGTERM');
        const timer = setTimeout(() => worker.process.kill('SIGKILL'), patience * 1_000);
        await exited;
        clearTimeout(timer);
      }),
    );
  }

  /** Starts a worker for this seat. Resolves when it listens, rejects when it ends before. */
  private fill(seat: Seat): Promise<string> {
    cluster.setupPrimary({ args: argumentsOf(seat.number) });
    const worker = cluster.fork();
    seat.worker = worker;
    seat.startedAt = performance.now();
    return new Promise((resolve, reject) => {
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'ready') {
          this.serving.set(seat.number, worker);
          resolve(message.url);
        } else {
          this.answer(seat, worker, message);
        }
      });
      worker.once('exit', (code, signal) => {
        const served = this.serving.delete(seat.number);
        void this.figures.retire(seat.number);
        // A signal that comes before the worker listens for it ends it as well.
        if (code !== 0 && !(this.stopping && signal === 'SIGTERM')) this.failed = true;
        if (!served) reject(new Error(`worker ${seat.number} did not start`));
        else if (!this.stopping) void this.replace(seat, signal ?? `exit code ${code}`);
      });
    });
  }

  private answer(seat: Seat, worker: Worker, message: Exclude<FromWorker, { kind: 'ready' }>): void {
    if (message.kind === 'figures') return this.figures.arrived(message.id, seat.number, message.figures);
    void this.figures.gather(this.serving).then((all) => send(worker, { kind: 'gathered', id: message.id, all }));
  }

  /** A worker has died: another takes its seat, at once the first time, later and later when it dies again. */
  private async replace(seat: Seat, how: string): Promise<void> {
    this.failed = false;
    if (performance.now() - seat.startedAt > HEALTHY_AFTER_MS) seat.failures = 0;
    this.logger.error(`worker ${seat.number} ended (${how}) and is replaced`, 'Workers');
    while (!this.stopping) {
      await delay(seat.failures === 0 ? 0 : Math.min(LONGEST_PAUSE_MS, 250 * 2 ** seat.failures));
      seat.failures++;
      if (this.stopping) return;
      try {
        await this.fill(seat);
        return;
      } catch (error) {
        this.logger.error((error as Error).message, 'Workers');
        if (this.serving.size === 0 && seat.failures >= HOPELESS) {
          this.giveUp(new Error(`no worker is left, and worker ${seat.number} did not start ${HOPELESS} times`));
        }
      }
    }
  }
}
