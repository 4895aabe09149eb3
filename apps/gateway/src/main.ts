import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { loadConfig } from '#config/load-config.js';
import { createApp } from './create-app.js';
import { API_BASE } from './http/base-path.js';
import { VERSION } from './health/version.js';
import { releaseStartUpMemory } from './release-start-up-memory.js';

/** A start that cannot be is told in a sentence, not in a stack. */
function giveUp(error: unknown): never {
  process.stderr.write(`achilles: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

/** Closes on the first of these signals. More of them change nothing: a terminal and npm both pass on the same one. */
async function stopOn(app: NestFastifyApplication, signals: NodeJS.Signals[]): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of signals) process.on(signal, () => resolve());
  });
  await app.close();
  process.exit(0);
}

try {
  const config = loadConfig();
  const app = await createApp(config);
  releaseStartUpMemory();
  try {
    await app.listen({ host: config.HOST, port: config.PORT });
  } catch (error) {
    await app.close();
    throw error;
  }
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  process.stdout.write(
    `Achilles ${VERSION} is ready: API ${url}/${API_BASE} · docs ${url}/docs · console (to come) ${url}/console\n`,
  );
  await stopOn(app, ['SIGTERM', 'SIGINT']);
} catch (error) {
  giveUp(error);
}
