import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { loadConfig } from '#config/load-config.js';
import { createApp } from '#gateway/create-app.js';
import { EchoModule } from './echo.js';

// The same route twice: `bare` as Nest alone serves it, `governed` as the gateway does. Prints its address.
const bare = () => NestFactory.create<NestFastifyApplication>(EchoModule, new FastifyAdapter(), { logger: false });
const app = process.argv[2] === 'bare' ? await bare() : await createApp(loadConfig(), { features: [EchoModule] });
await app.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`${await app.getUrl()}\n`);
process.on('SIGTERM', () => void app.close().then(() => process.exit(0)));
