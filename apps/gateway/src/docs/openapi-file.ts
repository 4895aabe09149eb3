import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { parseConfig } from '#config/load-config.js';
import { AppModule } from '#gateway/app.module.js';
import { VERSION } from '#gateway/health/version.js';
import { buildOpenApi } from './openapi.js';

/** The text of docs/openapi.json. The routes do not depend on the driver: the remote one needs nothing started. */
export async function openApiText(): Promise<string> {
  const config = parseConfig({
    ACHILLES_CORE: 'remote',
    ACHILLES_BASE_URL: 'http://127.0.0.1:1',
    ACHILLES_API_KEY: 'not-used-for-a-document',
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.for(config), new FastifyAdapter(), {
    logger: false,
  });
  try {
    return `${JSON.stringify(await buildOpenApi(app, VERSION), null, 2)}\n`;
  } finally {
    await app.close();
  }
}
