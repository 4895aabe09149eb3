import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Config } from '#config/env.js';
import { StructuredLogger } from '#observability/logger.js';
import { AppModule } from './app.module.js';
import { serveDocs } from './docs/docs.js';
import { API_BASE } from './http/base-path.js';
import { acceptJson } from './http/json-body.js';
import type { WorkerLink } from './lifecycle/worker-link.js';
import { installStages } from './request-stages.js';

const BATCH_ROUTE = `/${API_BASE}/signals/events/batch`;

/**
 * The whole gateway for this configuration, with everything it needs started, but not listening.
 * @param worker set in one of several processes that share the port
 */
export async function createApp(config: Config, worker?: WorkerLink): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: config.MAX_BODY_BYTES,
    requestTimeout: 60_000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
  });
  const fastify = adapter.getInstance();
  acceptJson(fastify);
  fastify.addHook('onRoute', (route) => {
    if (route.url === BATCH_ROUTE) route.bodyLimit = config.MAX_BATCH_BYTES;
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.for(config, worker), adapter, {
    logger: new StructuredLogger(config.LOG_LEVEL),
    bodyParser: false,
    abortOnError: false,
  });
  try {
    installStages(app);
    await serveDocs(app);
    await app.init();
    await fastify.ready();
  } catch (error) {
    await app.close();
    throw error;
  }
  return app;
}
