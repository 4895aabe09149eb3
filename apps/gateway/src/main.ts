import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Config } from '#config/env.js';
import { loadConfig } from '#config/load-config.js';
import { flushLogs } from '#observability/log-destination.js';
import { createApp } from './create-app.js';
import { VERSION } from './health/version.js';
import { API_BASE } from './http/base-path.js';
import { releaseStartUpMemory } from './release-start-up-memory.js';

// Listened for from the first moment, so that none comes while nobody would stop the PostgreSQL that is being started.
// More than one changes nothing: a terminal and npm both pass on the same one.
const signalled = new Promise<void>((resolve) => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve());
});

async function listen(app: NestFastifyApplication, config: Config): Promise<void> {
  releaseStartUpMemory();
  await app.listen({ host: config.HOST, port: config.PORT });
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  process.stdout.write(
    `Achilles ${VERSION} is ready: API ${url}/${API_BASE} · docs ${url}/docs · console (to come) ${url}/console\n`,
  );
}

try {
  const config = loadConfig();
  const app = await createApp(config);
  try {
    await listen(app, config);
    await signalled;
  } finally {
    await app.close();
  }
  await flushLogs();
  process.exit(0);
} catch (error) {
  await flushLogs();
  // A start that cannot be is told in a sentence, not in a stack.
  process.stderr.write(`achilles: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
