import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { ProcessingQueue } from '#core/processing/processing-queue.js';
import { EmbeddedPostgres } from '#database/embedded/embedded-postgres.js';
import { migrate } from '#database/migrate.js';
import { installDocker } from './docker-engine.js';
import { connectionTo, TEMPLATE, type TestServer } from './postgres.js';
import { installPrograms } from './programs.js';

declare global {
  var stopTestServer: (() => Promise<void>) | undefined;
}

/**
 * One real PostgreSQL for the whole run: the one that DATABASE_URL names, or the embedded one. A migrated template
 * database makes a fresh database for a suite a matter of 30 ms.
 */
export default async function setup(): Promise<void> {
  installPrograms({ 'redis-server': 'redis-server', nginx: 'nginx-light' });
  installDocker();
  process.env['TEST_DOCKER'] = join(tmpdir(), `achilles-docker-${process.pid}`);
  const server = process.env['DATABASE_URL'] ? { url: process.env['DATABASE_URL'] } : await startEmbedded();
  process.env['TEST_SERVER'] = JSON.stringify(server satisfies TestServer);
  const admin = new Client(connectionTo(server, undefined));
  await admin.connect();
  await admin.query(`drop database if exists ${TEMPLATE} with (force)`);
  await admin.query(`create database ${TEMPLATE}`);
  await admin.end();
  const template = new Client(connectionTo(server, TEMPLATE));
  await template.connect();
  await migrate(template);
  await template.end();
  const queue = new ProcessingQueue(connectionTo(server, TEMPLATE));
  await queue.start();
  await queue.stop(1_000);
}

async function startEmbedded(): Promise<TestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'achilles-test-'));
  const lines: string[] = [];
  const postgres = new EmbeddedPostgres({ dataDir, log: (line) => lines.push(line) });
  const connection = await postgres.start();
  globalThis.stopTestServer = async () => {
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  return { host: connection.host, port: connection.port, user: connection.user };
}
