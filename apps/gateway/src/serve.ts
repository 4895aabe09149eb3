import cluster from 'node:cluster';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Config } from '#config/env.js';
import { createApp } from './create-app.js';
import { announce } from './lifecycle/announce.js';
import { crash } from './lifecycle/crash.js';
import { LifecycleService } from './lifecycle/lifecycle.service.js';
import { WorkerLink } from './lifecycle/worker-link.js';
import { releaseStartUpMemory } from './release-start-up-memory.js';

/** What a stop may need beside the drain and the calls in flight: records to flush, a PostgreSQL to end. */
const CLOSING_SECONDS = 15;

/** The gateway in this process, from its start until `signalled`. @returns the exit code */
export async function serve(config: Config, signalled: Promise<unknown>): Promise<number> {
  const patienceMs = (config.SHUTDOWN_TIMEOUT_SECONDS + CLOSING_SECONDS) * 1_000;
  let over: 'signal' | 'crash' | undefined;
  const worker = cluster.isWorker ? new WorkerLink(config.WORKERS) : undefined;
  const ended = Promise.race([
    Promise.race([signalled, ...(worker ? [worker.orphaned] : [])]).then(() => (over ??= 'signal')),
    crash(patienceMs).then(() => (over ??= 'crash')),
  ]);
  const app = await createApp(share(config, worker), { worker });
  try {
    if (!over) await listen(app, config, worker);
    await ended;
  } finally {
    if (over === 'signal') await app.get(LifecycleService).drain();
    setTimeout(() => {
      process.stderr.write('achilles: the stop took too long and was cut short\n');
      process.exit(1);
    }, patienceMs).unref();
    await app.close();
  }
  return over === 'crash' ? 1 : 0;
}

/** Workers share what is counted for the whole gateway. */
const share = (config: Config, worker: WorkerLink | undefined): Config =>
  worker ? { ...config, PROCESSING_CONCURRENCY: worker.shareOf(config.PROCESSING_CONCURRENCY) } : config;

async function listen(app: NestFastifyApplication, config: Config, worker: WorkerLink | undefined): Promise<void> {
  releaseStartUpMemory();
  await app.listen({ host: config.HOST, port: config.PORT });
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  if (worker) worker.ready(url);
  else announce(url);
}
