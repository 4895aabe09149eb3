import { Logger } from '@nestjs/common';
import type { Transaction } from 'kysely';
import type { PoolConfig } from 'pg';
import { fromKysely, PgBoss } from 'pg-boss';
import type { Tables } from '#database/tables.js';

/** A session that is to be processed. */
export interface ProcessingJob {
  readonly tenant: string;
  readonly session_id: string;
}

const QUEUE = 'process-session';

/**
 * The queue of sessions to process, in the same database: a job is added in the transaction that ends its session, and
 * delivered at least once, to any replica. A replica that dies holding a job loses it to another after `JOB_TIMEOUT_SECONDS`.
 */
export class ProcessingQueue {
  private static readonly JOB_TIMEOUT_SECONDS = 120;
  private readonly logger = new Logger(ProcessingQueue.name);
  private readonly boss: PgBoss;

  constructor(connection: PoolConfig) {
    this.boss = new PgBoss({
      ...(connection as ConstructorParameters<typeof PgBoss>[0] & object),
      application_name: 'achilles-processing',
      max: 2,
      useListenNotify: true,
      schedule: false,
    });
    // Connection faults are told apart by the database's own health; here they are only noted.
    this.boss.on('error', (error) => this.logger.debug(`job queue: ${error.message}`));
    this.boss.on('warning', (warning) => this.logger.debug(`job queue: ${warning.message}`));
  }

  /** Creates what the queue needs in the database, once, whichever replica comes first. */
  async start(): Promise<void> {
    await this.boss.start();
    await this.boss.createQueue(QUEUE, {
      // One waiting job per session is enough: it will see everything that has come by then.
      policy: 'short',
      notify: true,
      retryLimit: 5,
      retryDelay: 2,
      retryBackoff: true,
      expireInSeconds: ProcessingQueue.JOB_TIMEOUT_SECONDS,
      deleteAfterSeconds: 86_400,
    });
  }

  async enqueue(job: ProcessingJob, transaction: Transaction<Tables>): Promise<void> {
    await this.boss.send(QUEUE, job, { singletonKey: job.session_id, db: fromKysely(transaction) });
  }

  /** Hands each job to `handle`, `concurrency` at a time; one that throws is tried again later. */
  async work(concurrency: number, handle: (job: ProcessingJob) => Promise<void>): Promise<void> {
    const options = { pollingIntervalSeconds: 2, notifyPollingIntervalSeconds: 10 };
    for (let i = 0; i < concurrency; i++) {
      const worker = await this.boss.work<ProcessingJob>(QUEUE, options, async ([job]) => {
        // A notification that comes while a job is in hand would be lost: look again as soon as this one is done.
        this.boss.notifyWorker(worker);
        if (job) await handle(job.data);
      });
    }
  }

  /** Waits for the jobs in hand, up to `timeoutMs`. */
  async stop(timeoutMs: number): Promise<void> {
    await this.boss.stop({ graceful: true, timeout: timeoutMs, close: true });
  }
}
