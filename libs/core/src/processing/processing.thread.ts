import { parentPort, workerData } from 'node:worker_threads';
import type { PoolConfig } from 'pg';
import { Database } from '#database/database.js';
import type { ProcessingJob } from './processing-queue.js';
import { SessionProcessor } from './session-processor.js';

// Runs in a worker thread, so that a long analysis never holds up a request. One job at a time, as messages come.
const database = Database.open(workerData as PoolConfig, 1, () => undefined);
const processor = new SessionProcessor(database);

parentPort!.on('message', (job: ProcessingJob) => {
  processor.process(job).then(
    (followUps) => parentPort!.postMessage({ followUps }),
    (error: unknown) => parentPort!.postMessage({ error: error instanceof Error ? error.message : String(error) }),
  );
});
