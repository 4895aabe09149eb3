import { Logger } from '@nestjs/common';
import { endIdleCapturedSessions } from '#core/sessions/captured-sessions.js';
import type { Database } from '#database/database.js';
import type { Store } from '#database/store.js';
import type { ProcessingJob, ProcessingQueue } from './processing-queue.js';
import { ProcessingThread } from './processing-thread.js';

/** How often to look for sessions that require processing and that no job has taken up. */
const SWEEP_INTERVAL_MS = 60_000;
const SWEEP_LIMIT = 500;
/** How long a stop waits for the session in hand. */
const STOP_TIMEOUT_MS = 5_000;

/**
 * Works through the queue on threads of this replica. The queue is quick but not the truth: sessions that say
 * `requires_processing` and were left behind (a job that failed too often, a crash) are queued again.
 */
export class ProcessingRunner {
  private readonly logger = new Logger('Processing');
  private readonly free: ProcessingThread[];
  private readonly all: readonly ProcessingThread[];
  private sweeper: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: Store,
    private readonly queue: ProcessingQueue,
    private readonly concurrency: number,
  ) {
    this.all = Array.from({ length: concurrency }, () => new ProcessingThread(store.connection));
    this.free = [...this.all];
  }

  async start(): Promise<void> {
    await this.queue.start();
    if (this.concurrency === 0) return;
    await this.queue.work(this.concurrency, (job) => this.process(job));
    this.sweeper = setInterval(() => void this.sweep(), SWEEP_INTERVAL_MS).unref();
    await this.sweep();
  }

  async stop(): Promise<void> {
    clearInterval(this.sweeper);
    await this.queue.stop(STOP_TIMEOUT_MS);
    await Promise.all(this.all.map((thread) => thread.stop()));
  }

  private async process(job: ProcessingJob): Promise<void> {
    // The queue hands out as many jobs at once as there are threads.
    const thread = this.free.pop()!;
    try {
      for (const followUp of await thread.run(job)) await this.enqueue(followUp);
    } catch (error) {
      this.logger.warn(`session ${job.session_id} was not processed and will be again: ${(error as Error).message}`);
      throw error;
    } finally {
      this.free.push(thread);
    }
  }

  private async sweep(): Promise<void> {
    try {
      await endIdleCapturedSessions(this.store.database, this.queue);
      for (const job of await sessionsLeftBehind(this.store.database)) await this.enqueue(job);
    } catch (error) {
      this.store.health.reportFault(error);
    }
  }

  private enqueue(job: ProcessingJob): Promise<void> {
    return this.store.database.transaction().execute((transaction) => this.queue.enqueue(job, transaction));
  }
}

async function sessionsLeftBehind(database: Database): Promise<ProcessingJob[]> {
  const rows = await database
    .selectFrom('sessions')
    .select(['tenant', 'id as session_id'])
    .where('requires_processing', '=', true)
    .where('updated_at', '<', new Date(Date.now() - SWEEP_INTERVAL_MS))
    .orderBy('updated_at')
    .limit(SWEEP_LIMIT)
    .execute();
  return rows;
}
