import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Config } from '#config/env.js';
import { StructuredLogger } from '#observability/logger.js';
import { AppModule, type AppOptions } from './app.module.js';
import { serveDocs } from './docs/docs.js';
import { limitBodies } from './body-limits.js';
import { acceptJson } from './http/json-body.js';
import { boundServer, serverOptions } from './http/server-options.js';
import { reloadKeyPair } from './http/tls.js';
import { McpEndpoint } from './mcp/mcp.endpoint.js';
import { installStages } from './request-stages.js';
import { ConnectEndpoint } from './upstreams/credentials/connect/connect.endpoint.js';

/** The whole gateway for this configuration, with everything it needs started, but not listening. */
export async function createApp(config: Config, options: AppOptions = {}): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter(serverOptions(config));
  const fastify = adapter.getInstance();
  boundServer(fastify, config);
  acceptJson(fastify);
  limitBodies(fastify, config);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.for(config, options), adapter, {
    logger: new StructuredLogger(config.LOG_LEVEL),
    bodyParser: false,
    abortOnError: false,
  });
  try {
    installStages(app);
    await serveDocs(app);
    app.get(McpEndpoint).mount(fastify);
    app.get(ConnectEndpoint).mount(fastify);
    reloadKeyPair(fastify, config);
    await app.init();
    await fastify.ready();
  } catch (error) {
    await app.close();
    throw error;
  }
  return app;
}
