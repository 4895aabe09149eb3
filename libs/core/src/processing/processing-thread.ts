import { Worker } from 'node:worker_threads';
import type { PoolConfig } from 'pg';
import type { ProcessingJob } from './processing-queue.js';

/** A thread costs some 40 MB: it is started when there is work, and let go when there has been none for a while. */
const IDLE_MS = 15_000;

type Answer = { readonly followUps: ProcessingJob[] } | { readonly error: string };

/** One worker thread for processing, on a database connection of its own. It takes one job at a time. */
export class ProcessingThread {
  private worker: Worker | undefined;
  private idle: NodeJS.Timeout | undefined;

  constructor(private readonly connection: PoolConfig) {}

  /** @returns the jobs that follow from this one. Rejects when processing failed or the thread died; the job may be run again. */
  run(job: ProcessingJob): Promise<ProcessingJob[]> {
    clearTimeout(this.idle);
    const worker = (this.worker ??= this.startThread());
    return new Promise<ProcessingJob[]>((resolve, reject) => {
      const finish = () => {
        worker.off('message', onMessage).off('error', onError).off('exit', onExit);
        this.idle = setTimeout(() => void this.stop(), IDLE_MS).unref();
      };
      const onMessage = (answer: Answer) => {
        finish();
        if ('error' in answer) reject(new Error(answer.error));
        else resolve(answer.followUps);
      };
      const onError = (error: Error) => {
        finish();
        reject(error);
      };
      const onExit = () => onError(new Error('the processing thread ended'));
      worker.on('message', onMessage).on('error', onError).on('exit', onExit);
      worker.postMessage(job);
    });
  }

  async stop(): Promise<void> {
    clearTimeout(this.idle);
    const worker = this.worker;
    this.worker = undefined;
    await worker?.terminate();
  }

  private startThread(): Worker {
    const worker = new Worker(new URL('./processing.thread.js', import.meta.url), { workerData: this.connection });
    worker.once('exit', () => {
      if (this.worker === worker) this.worker = undefined;
    });
    return worker;
  }
}
